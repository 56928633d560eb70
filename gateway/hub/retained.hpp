#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/hub/kept_message.hpp"

namespace tidegate::hub {

struct RetainedLimits {
  std::size_t messages = 10'000;
  std::size_t bytes = 8 << 20;
};

/// The last message of each topic that was published with the retain flag (MQTT 5.0 section 3.3.1.3). In memory: a
/// start begins without any. Full, it keeps what it has and takes no new topic, so that no sensor's last word goes
/// because others have more topics. Not thread-safe.
class Retained {
 public:
  explicit Retained(const RetainedLimits& limits) : limits_(limits) {}

  /// Keeps the message in place of the topic's last, or forgets that one if the payload is empty. False: there is no
  /// room; the topic then has none, as an outdated one would be taken for its last word.
  bool put(const store::Message& message);
  /// Those whose topic the filter matches, in no order.
  void match(std::string_view filter, std::vector<Kept>& matches) const;

  [[nodiscard]] std::size_t messages() const { return by_topic_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void erase(std::string_view topic);

  const RetainedLimits limits_;
  std::unordered_map<std::string_view, Kept> by_topic_;  // each key is a view of its message
  std::size_t bytes_ = 0;
};

}  // namespace tidegate::hub
