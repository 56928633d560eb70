#include "gateway/config/load.hpp"

#include <algorithm>
#include <tuple>

#include "gateway/base/text_file.hpp"
#include "gateway/config/assemble.hpp"
#include "gateway/config/escape.hpp"

namespace tidegate::config {
namespace {

/// The document in a file, or the fault that it cannot be read.
Document read_file(const std::string& path, Disk& disk) {
  const auto text = read_text_file(disk, path);
  if (!text) return {.entries = {}, .faults = {{path, 0, 0, text.error().message}}};
  return read_document(*text, path);
}

/// Faults in the order in which the files were read, then of their places.
void sort_faults(Loaded& loaded) {
  const auto order = [&](const Fault& fault) {
    const auto file = std::find(loaded.files.begin(), loaded.files.end(), fault.file) - loaded.files.begin();
    return std::tuple(file, fault.line, fault.column);
  };
  std::stable_sort(loaded.faults.begin(), loaded.faults.end(),
                   [&](const Fault& a, const Fault& b) { return order(a) < order(b); });
}

}  // namespace

Loaded load(const std::string& file, const std::string& drop_in_directory, Disk& disk) {
  std::vector<std::string> files{file};
  std::vector<Document> documents{read_file(file, disk)};
  const auto names = drop_in_directory.empty() ? Result<std::vector<std::string>>(std::vector<std::string>{})
                                               : disk.list(drop_in_directory);
  if (names) {
    for (const std::string& name : *names) {
      if (!name.ends_with(".toml")) continue;
      files.push_back(drop_in_directory + "/" + name);
      documents.push_back(read_file(files.back(), disk));
    }
  } else if (names.error().kind != ErrorKind::kNotFound) {
    documents.front().faults.push_back({drop_in_directory, 0, 0, names.error().message});
  }
  Loaded loaded = assemble(documents);
  loaded.files = std::move(files);
  sort_faults(loaded);
  return loaded;
}

Loaded parse(std::string_view text, const std::string& file_name) {
  Loaded loaded = assemble({read_document(text, file_name)});
  loaded.files = {file_name};
  sort_faults(loaded);
  return loaded;
}

std::string EffectiveValue::source() const {
  return place.file.empty() ? "default" : place.file + ":" + std::to_string(place.line);
}

void add_fault(Loaded& loaded, std::string_view table, std::string_view key, std::string_view what) {
  const auto value = std::find_if(loaded.values.begin(), loaded.values.end(), [&](const EffectiveValue& known) {
    return known.table == table && known.key == key;
  });
  const std::string name = std::string(table) + "." + std::string(key);
  loaded.faults.push_back(
      fault_at(value == loaded.values.end() ? Place{} : value->place, name + ": " + std::string(what)));
  sort_faults(loaded);
}

std::string to_string(const Fault& fault) {
  std::string place = fault.file;
  if (fault.line != 0) place += ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column);
  return escape_controls(place.empty() ? fault.message : place + ": " + fault.message);
}

}  // namespace tidegate::config
