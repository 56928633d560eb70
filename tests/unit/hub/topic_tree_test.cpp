#include "gateway/hub/topic_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "gateway/hub/hub.hpp"
#include "proto/mqtt/topic.hpp"
#include "tests/unit/hub/scripted_outlet.hpp"
#include "tests/unit/support/sessions_bench.hpp"

namespace tidegate::hub {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// Subscriptions told apart by their identifier.
class TopicTreeTest : public ::testing::Test, protected tidegate::test::OpenSessions {
 protected:
  void put(std::string_view filter, std::uint32_t identifier) {
    tree.put(filter, {&subscriber, {1, false, false, identifier}});
  }
  std::vector<std::uint32_t> matching(std::string_view topic) const {
    std::vector<const Subscription*> matches;
    tree.match(topic, matches);
    std::vector<std::uint32_t> identifiers;
    for (const Subscription* match : matches) identifiers.push_back(match->options.identifier);
    return identifiers;
  }

  Hub hub{{}, *sessions, metrics};
  test::ScriptedOutlet outlet;
  test::Client subscriber{*sessions, hub, "one", outlet};
  TopicTree tree;
};

TEST_F(TopicTreeTest, WildcardsOfTheSpecification) {
  put("sport/tennis/player1/#", 1);
  put("sport/tennis/+", 2);
  put("+", 3);
  put("sport/+", 4);
  put("/+", 5);
  put("+/+", 6);
  put("#", 7);
  EXPECT_THAT(matching("sport/tennis/player1"), UnorderedElementsAre(1, 2, 7));
  EXPECT_THAT(matching("sport/tennis/player1/ranking"), UnorderedElementsAre(1, 7));
  EXPECT_THAT(matching("sport"), UnorderedElementsAre(3, 7));
  EXPECT_THAT(matching("sport/"), UnorderedElementsAre(4, 6, 7));
  EXPECT_THAT(matching("/finance"), UnorderedElementsAre(5, 6, 7));
}

TEST_F(TopicTreeTest, LeadingWildcardsDoNotMatchLeadingDollar) {
  put("#", 1);
  put("+/monitor/Clients", 2);
  put("$SYS/#", 3);
  put("$SYS/monitor/+", 4);
  EXPECT_THAT(matching("$SYS/monitor/Clients"), UnorderedElementsAre(3, 4));
  EXPECT_THAT(matching("$SYS"), UnorderedElementsAre(3));
  EXPECT_THAT(matching("a/$b"), UnorderedElementsAre(1)) << "only at the beginning";
}

TEST_F(TopicTreeTest, TheSameFilterAgainReplacesTheOptions) {
  EXPECT_TRUE(tree.put("a/+", {&subscriber, {0, false, false, 1}}));
  EXPECT_FALSE(tree.put("a/+", {&subscriber, {1, true, false, 2}}));
  EXPECT_EQ(tree.size(), 1U);
  EXPECT_THAT(matching("a/b"), UnorderedElementsAre(2));
}

TEST_F(TopicTreeTest, RemovedFiltersLeaveTheOthers) {
  test::Client other(*sessions, hub, "other", outlet);
  put("a/b", 1);
  put("a/+", 2);
  put("a/#", 3);
  put("a/b/c", 4);
  tree.put("a/b", {&other, {1, false, false, 5}});
  EXPECT_FALSE(tree.remove("a", subscriber));
  EXPECT_FALSE(tree.remove("a/b/c/d", subscriber));
  EXPECT_FALSE(tree.remove("+/b", subscriber));
  for (const std::string_view filter : {"a/b", "a/+", "a/#"}) EXPECT_TRUE(tree.remove(filter, subscriber)) << filter;
  EXPECT_FALSE(tree.remove("a/b", subscriber));
  EXPECT_EQ(tree.size(), 2U);
  EXPECT_THAT(matching("a/b"), UnorderedElementsAre(5));
  EXPECT_THAT(matching("a/b/c"), UnorderedElementsAre(4));
}

/// Up to four levels of a few names, now and then empty; with wildcards where they may stand.
std::string draw(std::mt19937& random, bool filter) {
  constexpr std::array kNames{"a", "b", "", "$c", "+", "#"};
  std::string drawn;
  for (std::size_t level = random() % 4 + 1; level > 0; --level) {
    const std::string name = kNames[random() % (filter ? (level == 1 ? 6 : 5) : 4)];
    drawn += name + (level > 1 ? "/" : "");
  }
  return drawn;
}

TEST_F(TopicTreeTest, AgreesWithFilterByFilterMatching) {
  std::mt19937 chance(20'241'124);
  std::vector<std::string> filters;
  for (int step = 0; step < 4000; ++step) {
    const std::string filter = draw(chance, true);
    const auto known = std::find(filters.begin(), filters.end(), filter);
    if (known != filters.end()) {
      EXPECT_TRUE(tree.remove(filter, subscriber));
      filters.erase(known);
    } else if (mqtt::valid_filter(filter)) {
      EXPECT_TRUE(tree.put(filter, {&subscriber, {}}));
      filters.push_back(filter);
    }
    const std::string topic = draw(chance, false);
    if (!mqtt::valid_topic(topic)) continue;
    const auto expected = std::count_if(filters.begin(), filters.end(),
                                        [&](const std::string& one) { return mqtt::matches(one, topic); });
    ASSERT_EQ(matching(topic).size(), static_cast<std::size_t>(expected)) << topic << " after step " << step;
  }
  for (const std::string& filter : filters) EXPECT_TRUE(tree.remove(filter, subscriber));
  EXPECT_EQ(tree.size(), 0U);
  EXPECT_THAT(matching("a/b"), IsEmpty());
}

}  // namespace
}  // namespace tidegate::hub
