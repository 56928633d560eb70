#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/sim_file.hpp"

namespace tidegate::simulation {

/// A file or a directory, whatever its names are.
struct Node {
  bool is_directory = false;
  FileContent content;
};

/// Which names there are: as processes see them and as the flash holds them. Each change between two syncs of its
/// directory is kept or lost for itself; a rename is one change, as a journal makes it.
class SimEntries {
 public:
  using Map = std::map<std::string, std::shared_ptr<Node>>;

  [[nodiscard]] std::shared_ptr<Node> find(const std::string& path) const;
  [[nodiscard]] bool has_directory(const std::string& path) const;
  [[nodiscard]] std::vector<std::string> names_in(const std::string& directory) const;
  [[nodiscard]] const Map& seen() const { return seen_; }

  void add(const std::string& path, std::shared_ptr<Node> node);
  void rename(const std::string& from, const std::string& to);
  void remove(const std::string& path);
  void sync(const std::string& directory);
  /// Only the flash counts, for the names and for what is in the files.
  void lose_power(Fate fate, SeededRandom& random);

 private:
  struct Change {
    std::string directory;
    std::string removed;  // path, or empty
    std::string added;    // path, or empty
    std::shared_ptr<Node> node;
  };
  static void apply(const Change& change, Map& entries);
  void make(Change change);

  Map seen_;
  Map flash_;
  std::vector<Change> unsynced_;  // in order
};

}  // namespace tidegate::simulation
