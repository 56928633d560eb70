#pragma once

#include <map>
#include <string>
#include <string_view>

#include "gateway/store/kept_message.hpp"

namespace tidegate::hub {

struct RetainedLimits {
  std::size_t messages = 10'000;
  std::size_t bytes = 8 << 20;
};

/// How far a walk over the retained messages has come.
class RetainedCursor {
 public:
  void pass(std::string_view topic) { last_ = topic; }

 private:
  friend class Retained;
  std::string last_;  // no topic is empty: at the beginning
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
  /// The next message whose topic the filter matches, in order of topics; the cursor stands before it until it is told
  /// to pass(). Looks at no more than `budget` topics, which it takes off, at least one. Nothing: at the end, or if the
  /// budget is used up, not yet found. Messages may come and go between the calls.
  store::Kept next(std::string_view filter, RetainedCursor& cursor, std::size_t& budget) const;

  [[nodiscard]] std::size_t messages() const { return by_topic_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void erase(std::string_view topic);

  const RetainedLimits limits_;
  std::map<std::string_view, store::Kept> by_topic_;  // each key is a view of its message
  std::size_t bytes_ = 0;
};

}  // namespace tidegate::hub
