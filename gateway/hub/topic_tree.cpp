#include "gateway/hub/topic_tree.hpp"

#include <algorithm>

#include "proto/mqtt/topic.hpp"

namespace tidegate::hub {
namespace {

bool erase(std::vector<Subscription>& subscriptions, const Subscriber& subscriber) {
  return std::erase_if(subscriptions, [&](const Subscription& one) { return one.subscriber == &subscriber; }) != 0;
}

void append(const std::vector<Subscription>& subscriptions, std::vector<const Subscription*>& matches) {
  for (const Subscription& subscription : subscriptions) matches.push_back(&subscription);
}

}  // namespace

bool TopicTree::put(std::string_view filter, const Subscription& subscription) {
  Node* node = &root_;
  bool last = false;
  std::string_view level = mqtt::take_level(filter, last);
  while (level != "#" && !last) {
    node = &child(*node, level);
    level = mqtt::take_level(filter, last);
  }
  if (level != "#") node = &child(*node, level);
  std::vector<Subscription>& there = level == "#" ? node->beneath : node->here;
  const auto old = std::find_if(there.begin(), there.end(),
                                [&](const Subscription& one) { return one.subscriber == subscription.subscriber; });
  if (old != there.end()) {
    old->options = subscription.options;
    return false;
  }
  there.push_back(subscription);
  ++size_;
  return true;
}

bool TopicTree::remove(std::string_view filter, const Subscriber& subscriber) {
  const bool removed = remove_below(root_, filter, subscriber);
  if (removed) --size_;
  return removed;
}

void TopicTree::match(std::string_view topic, std::vector<const Subscription*>& matches) const {
  match_below(root_, topic, !topic.starts_with('$'), matches);
}

TopicTree::Node& TopicTree::child(Node& node, std::string_view level) {
  std::unique_ptr<Node>& place = level == "+" ? node.any_level : node.levels[std::string(level)];
  if (!place) place = std::make_unique<Node>();
  return *place;
}

// Nodes that nobody needs any more go with the last subscription.
bool TopicTree::remove_below(Node& node, std::string_view rest, const Subscriber& subscriber) {
  bool last = false;
  const std::string_view level = mqtt::take_level(rest, last);
  if (level == "#") return erase(node.beneath, subscriber);
  if (level == "+") {
    if (!node.any_level) return false;
    const bool removed =
        last ? erase(node.any_level->here, subscriber) : remove_below(*node.any_level, rest, subscriber);
    if (node.any_level->empty()) node.any_level.reset();
    return removed;
  }
  const auto found = node.levels.find(level);
  if (found == node.levels.end()) return false;
  Node& next = *found->second;
  const bool removed = last ? erase(next.here, subscriber) : remove_below(next, rest, subscriber);
  if (next.empty()) node.levels.erase(found);
  return removed;
}

// `wildcards`: whether they match at this level.
void TopicTree::match_below(const Node& node, std::string_view rest, bool wildcards,
                            std::vector<const Subscription*>& matches) {
  if (wildcards) append(node.beneath, matches);
  bool last = false;
  const std::string_view level = mqtt::take_level(rest, last);
  const auto go_on = [&](const Node& next) {
    if (!last) return match_below(next, rest, true, matches);
    append(next.here, matches);
    append(next.beneath, matches);  // '#' includes the parent level (section 4.7.1.2)
  };
  if (const auto found = node.levels.find(level); found != node.levels.end()) go_on(*found->second);
  if (wildcards && node.any_level) go_on(*node.any_level);
}

}  // namespace tidegate::hub
