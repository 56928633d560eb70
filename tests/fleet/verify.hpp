#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/fleet/journal.hpp"

namespace tidegate::fleet {

/// A record as the collector holds it.
struct DeliveredMessage {
  std::string lane;  ///< Gateway, stream and incarnation: everything an offset is unique in.
  std::uint64_t offset = 0;
  std::string topic;
  std::string payload;
};

/// What the comparison found. A message is one PUBLISH of the fleet.
struct Verdict {
  std::uint64_t acked = 0;            ///< Messages that a sensor saw acknowledged.
  std::uint64_t delivered = 0;        ///< Messages that are in the collector at least once.
  std::uint64_t lost = 0;             ///< Acknowledged, but not in the collector.
  std::uint64_t doubled = 0;          ///< Identities there twice, and copies of a message beyond what its sensor sent.
  std::uint64_t reordered = 0;        ///< First occurrences after one that its sensor sent later.
  std::uint64_t invented = 0;         ///< In the collector, but never sent.
  std::vector<std::string> examples;  ///< The first faults in words.

  [[nodiscard]] bool good() const { return lost + doubled + reordered + invented == 0; }
};
/// `acked=N delivered=N lost=0 doubled=0 reordered=0 invented=0`
std::string to_string(const Verdict& verdict);

/// Compares, byte for byte, what sensors sent with what arrived. The journal's messages outlive it.
class Verifier {
 public:
  /// Messages of one topic in order of first sending; two with the same topic and payload are a fault of the fleet.
  explicit Verifier(const std::vector<SentMessage>& sent);

  /// One record of the collector; those of a lane in order of their offsets.
  void add(const DeliveredMessage& delivered);
  /// What is found; after the last add().
  Verdict finish();

 private:
  struct Arrivals {
    const SentMessage* sent;
    std::size_t number;  ///< Place in the journal.
    std::uint32_t times = 0;
  };
  using Key = std::pair<std::string_view, std::string_view>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      const std::hash<std::string_view> hash;
      return hash(key.first) * 31 + hash(key.second);
    }
  };

  void fault(std::uint64_t& count, std::string_view what, std::string_view topic, std::string_view payload);

  std::unordered_map<Key, Arrivals, KeyHash> messages_;
  std::unordered_map<std::string_view, std::size_t> newest_;  ///< By topic: the latest sent of those that arrived.
  std::map<std::string, std::set<std::uint64_t>> identities_;
  Verdict verdict_;
};

}  // namespace tidegate::fleet
