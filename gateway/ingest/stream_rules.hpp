#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/base/ids.hpp"

namespace tidegate::ingest {

/// Messages whose topic one of `filters` matches belong to `stream`.
struct StreamRule {
  StreamIndex stream;
  std::vector<std::string> filters;  ///< Valid MQTT topic filters.
};

/// Chooses the stream of a topic: the first rule that matches wins. Remembers what it found, for a bounded number of
/// topics.
class StreamRules {
 public:
  explicit StreamRules(std::vector<StreamRule> rules) : rules_(std::move(rules)) {}

  /// Nothing if no rule matches.
  std::optional<StreamIndex> choose(std::string_view topic);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  [[nodiscard]] std::optional<StreamIndex> search(std::string_view topic) const;

  std::vector<StreamRule> rules_;
  std::unordered_map<std::string, std::optional<StreamIndex>, Hash, std::equal_to<>> known_;
};

}  // namespace tidegate::ingest
