#include "tests/simulation/sim_entries.hpp"

namespace tidegate::simulation {

namespace {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool is_root(const std::string& path) { return path == "/" || path == "."; }

}  // namespace

std::shared_ptr<Node> SimEntries::find(const std::string& path) const {
  const auto found = seen_.find(path);
  return found == seen_.end() ? nullptr : found->second;
}

bool SimEntries::has_directory(const std::string& path) const {
  const auto node = find(path);
  return is_root(path) || (node && node->is_directory);
}

std::vector<std::string> SimEntries::names_in(const std::string& directory) const {
  std::vector<std::string> names;
  for (const auto& [path, node] : seen_)
    if (parent_of(path) == directory) names.push_back(path.substr(path.rfind('/') + 1));
  return names;
}

void SimEntries::add(const std::string& path, std::shared_ptr<Node> node) {
  make({parent_of(path), "", path, std::move(node)});
}

void SimEntries::rename(const std::string& from, const std::string& to) { make({parent_of(to), from, to, find(from)}); }

void SimEntries::remove(const std::string& path) { make({parent_of(path), path, "", nullptr}); }

void SimEntries::sync(const std::string& directory) {
  std::erase_if(unsynced_, [&](const Change& change) {
    if (change.directory == directory) apply(change, flash_);
    return change.directory == directory;
  });
}

void SimEntries::lose_power(Fate fate, SeededRandom& random) {
  for (const Change& change : unsynced_)
    if (fate == Fate::kAllKept || (fate == Fate::kEachByChance && random.once_in(2))) apply(change, flash_);
  unsynced_.clear();
  // Ordered by path, so that a directory that is gone is gone before its entries are looked at.
  std::erase_if(flash_, [this](const auto& entry) {
    const std::string parent = parent_of(entry.first);
    return !is_root(parent) && !flash_.contains(parent);
  });
  for (const auto& [path, node] : flash_) node->content.lose_power(fate, random);
  seen_ = flash_;
}

void SimEntries::apply(const Change& change, Map& entries) {
  if (!change.removed.empty()) entries.erase(change.removed);
  if (!change.added.empty()) entries[change.added] = change.node;
}

void SimEntries::make(Change change) {
  apply(change, seen_);
  unsynced_.push_back(std::move(change));
}

}  // namespace tidegate::simulation
