#include "gateway/programs/tidegate/mosquitto_conf.hpp"

#include <algorithm>
#include <tuple>

#include "gateway/base/text_file.hpp"
#include "proto/mqtt/topic.hpp"

namespace tidegate::cli {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_text(std::string_view line) {
  return mqtt::valid_utf8(line) && std::none_of(line.begin(), line.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return (byte < 0x20 && c != '\t') || byte == 0x7F;
         });
}

/// mosquitto's order: by letter, and of one letter the large one first.
bool comes_before(const std::string& a, const std::string& b) {
  const auto key = [](char c) {
    const bool is_small = c >= 'a' && c <= 'z';
    return std::tuple(is_small ? static_cast<char>(c - 'a' + 'A') : c, is_small);
  };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return key(x) < key(y); });
}

class Reader {
 public:
  explicit Reader(Disk& disk) : disk_(disk) {}

  Result<MosquittoConf> read(const std::string& path) {
    const auto text = read_text_file(disk_, path);
    if (!text) return text.error();
    std::vector<ConfLine> own;
    read_conf_text(*text, path, files_++, own);
    for (ConfLine& line : own) {
      if (line.key == "include_dir") {
        include(line);
      } else {
        conf_.lines.push_back(std::move(line));
      }
    }
    return std::move(conf_);
  }

 private:
  void include(const ConfLine& line) {
    auto names = disk_.list(line.value);
    if (!names) return lose(line, "cannot be read: " + names.error().message);
    std::sort(names->begin(), names->end(), comes_before);
    for (const std::string& name : *names) {
      if (!name.ends_with(".conf")) continue;
      const std::string path = line.value + (line.value.ends_with('/') ? "" : "/") + name;
      const auto text = read_text_file(disk_, path);
      if (!text) {
        lose(line, path + " cannot be read: " + text.error().message);
        continue;
      }
      const std::size_t first = conf_.lines.size();
      read_conf_text(*text, path, files_++, conf_.lines);
      refuse_inner_includes(first);
    }
  }

  /// "This option will only be processed from the main configuration file."
  void refuse_inner_includes(std::size_t first) {
    const auto from = conf_.lines.begin() + static_cast<std::ptrdiff_t>(first);
    for (auto line = from; line != conf_.lines.end(); ++line) {
      if (line->key == "include_dir")
        conf_.notes.push_back({*line, "mosquitto reads this in the main file alone", false});
    }
    conf_.lines.erase(std::remove_if(from, conf_.lines.end(), [](const ConfLine& l) { return l.key == "include_dir"; }),
                      conf_.lines.end());
  }

  void lose(const ConfLine& line, std::string why) { conf_.notes.push_back({line, std::move(why), true}); }

  Disk& disk_;
  MosquittoConf conf_;
  std::size_t files_ = 0;
};

}  // namespace

void read_conf_text(std::string_view text, const std::string& file, std::size_t file_index,
                    std::vector<ConfLine>& lines) {
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#')) continue;
    line = trimmed(line);
    if (line.empty()) continue;
    ConfLine read{.file = file, .line = number, .file_index = file_index, .key = {}, .value = {}};
    if (is_text(line)) {
      const std::size_t key_end = std::min(line.find_first_of(kBlanks), line.size());
      read.key = line.substr(0, key_end);
      read.value = trimmed(line.substr(key_end));
    }
    lines.push_back(std::move(read));
  }
}

Result<MosquittoConf> read_mosquitto_conf(const std::string& path, Disk& disk) { return Reader(disk).read(path); }

std::vector<std::string> words_of(std::string_view value) {
  std::vector<std::string> words;
  for (;;) {
    const std::size_t first = value.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return words;
    const std::size_t end = std::min(value.find_first_of(kBlanks, first), value.size());
    words.emplace_back(value.substr(first, end - first));
    value.remove_prefix(end);
  }
}

}  // namespace tidegate::cli
