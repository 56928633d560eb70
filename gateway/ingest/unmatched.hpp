#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::ingest {

/// Messages that no stream takes, counted by topic, so that the owner sees what goes nowhere. Names a bounded number of
/// topics: when there are more, the quieter half of them is forgotten, and its messages are counted together. So a
/// topic that has been forgotten, or came late, is counted from when it is named. A long name is cut and ends in "...".
class Unmatched {
 public:
  struct Topic {
    std::string name;
    std::uint64_t messages = 0;
  };

  void count(std::string_view topic);
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  /// How many different topics there were; at least that many if others() is not zero.
  [[nodiscard]] std::size_t topics() const { return others_ > 0 ? kMostTopics : topics_.size(); }
  /// Messages on topics that are not named any more.
  [[nodiscard]] std::uint64_t others() const { return others_; }
  /// The busiest topics, busiest first.
  [[nodiscard]] std::vector<Topic> busiest(std::size_t limit) const;

 private:
  static constexpr std::size_t kMostTopics = 1000;
  static constexpr std::size_t kLongestName = 256;  // bytes, of which "..." is not one
  void count_name(std::string_view name);
  void forget_quietest_half();

  std::map<std::string, std::uint64_t, std::less<>> topics_;
  std::uint64_t messages_ = 0;
  std::uint64_t others_ = 0;
};

}  // namespace tidegate::ingest
