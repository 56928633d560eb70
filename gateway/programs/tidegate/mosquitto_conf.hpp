#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/disk.hpp"

namespace tidegate::cli {

/// A line of mosquitto.conf(5) that says something.
struct ConfLine {
  std::string file;
  std::uint32_t line = 0;      ///< Counts from 1.
  std::size_t file_index = 0;  ///< In order of reading. `listener` and `connection` hold for the file they stand in.
  std::string key;             ///< Empty: the line is not text.
  std::string value;           ///< All that follows the key, without the spaces around it.
};

/// What became of a line.
struct Note {
  ConfLine at;
  std::string text;
  bool is_lost = false;  ///< It says something that the configuration made of it does not.
};

/// The lines of a configuration and of what its include_dir lines name.
struct MosquittoConf {
  std::vector<ConfLine> lines;
  std::vector<Note> notes;  ///< What could not be read.
};

/// As mosquitto 2.0 reads it: '#' begins a comment in the first column only, a value goes to the end of its line.
/// Anything may be in `text`; what comes out is UTF-8 without control characters other than tabs within a value.
void read_conf_text(std::string_view text, const std::string& file, std::size_t file_index,
                    std::vector<ConfLine>& lines);

/// The error of the main file, if it cannot be read.
Result<MosquittoConf> read_mosquitto_conf(const std::string& path, Disk& disk);

/// The words of a value: mosquitto separates them by spaces.
std::vector<std::string> words_of(std::string_view value);

}  // namespace tidegate::cli
