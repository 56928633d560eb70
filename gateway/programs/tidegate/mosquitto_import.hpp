#pragma once

#include <string>
#include <vector>

#include "gateway/programs/tidegate/mosquitto_conf.hpp"

namespace tidegate::cli {

/// mosquitto's configuration as ours.
struct Import {
  std::string toml;         ///< Passes `tidegate check`, whatever the other said.
  std::vector<Note> notes;  ///< In order of reading.
};

/// Nothing is opened that was closed: where mosquitto's way to tell who may do what cannot be carried over, the
/// listener is on loopback. `disk` is asked for the files that are named: whether the users can be read, and the rules
/// by topic.
Import import_conf(const MosquittoConf& conf, Disk& disk);

/// One note a line, "FILE:LINE: key value: what became of it"; of a line without a key, "FILE:LINE: what became of it".
/// printable(). Passwords are not repeated.
std::string to_text(const std::vector<Note>& notes);

}  // namespace tidegate::cli
