#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::ingest {

/// Messages that no stream takes, counted by topic, so that the owner sees what goes nowhere. Names a bounded number of
/// topics; what comes on others is counted together.
class Unmatched {
 public:
  struct Topic {
    std::string name;
    std::uint64_t messages = 0;
  };

  void count(std::string_view topic);
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  /// Topics that are named; there are more if others() is not zero.
  [[nodiscard]] std::size_t topics() const { return topics_.size(); }
  [[nodiscard]] std::uint64_t others() const { return others_; }
  /// The busiest topics, busiest first.
  [[nodiscard]] std::vector<Topic> busiest(std::size_t limit) const;

 private:
  static constexpr std::size_t kMostTopics = 1000;
  static constexpr std::size_t kLongestTopic = 256;
  std::map<std::string, std::uint64_t, std::less<>> topics_;
  std::uint64_t messages_ = 0;
  std::uint64_t others_ = 0;
};

}  // namespace tidegate::ingest
