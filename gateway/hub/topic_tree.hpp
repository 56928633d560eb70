#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/hub/subscription.hpp"

namespace tidegate::hub {

/// Subscriptions by topic filter: a node for each level, so that a topic meets only what may match it. Not thread-safe.
///
/// Filters are valid MQTT topic filters, topics valid topics. A match visits each node at most once and goes as deep as
/// the deepest filter; it allocates nothing but what the result needs.
class TopicTree {
 public:
  /// False: the subscriber had this filter, and its options are replaced.
  bool put(std::string_view filter, const Subscription& subscription);
  /// False: the subscriber has no such filter.
  bool remove(std::string_view filter, const Subscriber& subscriber);
  /// Appends every subscription whose filter matches; '$' as in [MQTT-4.7.2-1]. Valid until the next put() or remove().
  void match(std::string_view topic, std::vector<const Subscription*>& matches) const;

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Node {
    std::unordered_map<std::string, std::unique_ptr<Node>, Hash, std::equal_to<>> levels;
    std::unique_ptr<Node> any_level;    // '+'
    std::vector<Subscription> here;     // filters that end at this level
    std::vector<Subscription> beneath;  // filters whose '#' follows this level

    [[nodiscard]] bool empty() const { return levels.empty() && !any_level && here.empty() && beneath.empty(); }
  };
  static Node& child(Node& node, std::string_view level);
  static bool remove_below(Node& node, std::string_view rest, const Subscriber& subscriber);
  static void match_below(const Node& node, std::string_view rest, bool wildcards,
                          std::vector<const Subscription*>& matches);

  Node root_;
  std::size_t size_ = 0;
};

}  // namespace tidegate::hub
