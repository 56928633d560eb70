#include "gateway/programs/tidegate/mosquitto_import.hpp"

#include <algorithm>

#include "gateway/programs/tidegate/mosquitto_bridges.hpp"
#include "gateway/programs/tidegate/mosquitto_listeners.hpp"
#include "gateway/programs/tidegate/mosquitto_settings.hpp"
#include "gateway/programs/tidegate/printable.hpp"
#include "gateway/programs/tidegate/toml_text.hpp"

namespace tidegate::cli {
namespace {

constexpr std::string_view kNoStreams =
    "# Whoever subscribes gets messages as from mosquitto. What a stream takes is also kept, and carried to an\n"
    "# upstream: `tidegate manual` tells more. Until there is a stream, nothing is kept.\n"
    "#[upstream.cloud]\n"
    "#grpc = \"collector.example.com:7070\"\n"
    "#[stream.sensors]\n"
    "#topics = [\"sensors/#\"]\n"
    "#to     = [\"cloud\"]\n";

constexpr std::string_view kDebiansLocation = "/var/lib/mosquitto";

/// mosquitto's own place is not ours; a place that its owner chose, such as another disk, is.
std::string store_table(const MosquittoSettings& settings, std::vector<Note>& notes) {
  if (!settings.persistence_location) return {};
  const auto& [location, at] = *settings.persistence_location;
  std::string path = location;
  while (path.ends_with('/')) path.pop_back();
  if (path == kDebiansLocation) {
    notes.push_back({at, "the store has a place of its own, /var/lib/tidegate", false});
    return {};
  }
  if (!path.starts_with('/')) {
    notes.push_back({at, "is not an absolute path: set store.path", true});
    return {};
  }
  path += "/tidegate";
  notes.push_back({at,
                   "became store.path, " + path +
                       ", which the packaged service may not write yet: make it, give it to "
                       "the user tidegate, and name it under [Service] of `systemctl edit tidegated`: ReadWritePaths=" +
                       path,
                   true});
  return "\n[store]\n" + toml_line("path", toml_quoted(path), at);
}

std::vector<std::string> files_of(const MosquittoConf& conf) {
  std::vector<std::string> files;
  for (const ConfLine& line : conf.lines)
    if (std::find(files.begin(), files.end(), line.file) == files.end()) files.push_back(line.file);
  return files;
}

/// In order of the files, then of the lines; files of rules come last.
void sort(std::vector<Note>& notes, const std::vector<std::string>& files) {
  const auto order = [&](const Note& note) {
    return std::pair(std::find(files.begin(), files.end(), note.at.file) - files.begin(), note.at.line);
  };
  std::stable_sort(notes.begin(), notes.end(), [&](const Note& a, const Note& b) { return order(a) < order(b); });
}

}  // namespace

Import import_conf(const MosquittoConf& conf, Disk& disk) {
  Import import{.toml = {}, .notes = conf.notes};
  const MosquittoSettings settings = read_settings(conf.lines, import.notes);
  import.toml = "# Made from mosquitto's configuration by `tidegate import`.\n";
  import.toml += mqtt_table(settings, disk, import.notes);
  import.toml += store_table(settings, import.notes);
  const BridgeTables bridges = bridge_tables(settings.bridges, import.notes);
  import.toml += bridges.brokers;
  import.toml += bridges.upstreams.empty() ? "\n" + std::string(kNoStreams) : bridges.upstreams;
  sort(import.notes, files_of(conf));
  return import;
}

std::string to_text(const std::vector<Note>& notes) {
  std::string text;
  for (const Note& note : notes) {
    const ConfLine& at = note.at;
    const bool is_secret =
        at.key.ends_with("password") || at.key.ends_with("psk") || at.key.find("opt_") != std::string::npos;
    const std::string said = at.key + (at.value.empty() || is_secret ? "" : " " + at.value);
    text += printable(at.file + ":" + std::to_string(at.line) + ": " + said + (said.empty() ? "" : ": ") +
                      (note.is_lost ? "" : "not needed: ") + note.text) +
            "\n";
  }
  return text;
}

}  // namespace tidegate::cli
