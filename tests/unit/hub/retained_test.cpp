#include "gateway/hub/retained.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/hub/scripted_outlet.hpp"

namespace tidegate::hub {
namespace {

using test::message;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> payloads(const Retained& retained, std::string_view filter) {
  std::vector<std::string> texts;
  RetainedCursor cursor;
  std::size_t budget = 1000;
  while (const store::Kept kept = retained.next(filter, cursor, budget)) {
    texts.emplace_back(as_text(kept->view().payload));
    cursor.pass(kept->view().topic);
  }
  return texts;
}

TEST(Retained, TheLastOfEachTopicIsKept) {
  Retained retained({});
  EXPECT_TRUE(retained.put(message("a", "old", 1, true)));
  EXPECT_TRUE(retained.put(message("a", "new", 1, true)));
  EXPECT_TRUE(retained.put(message("a/b", "other", 1, true)));
  EXPECT_THAT(payloads(retained, "a"), ElementsAre("new"));
  EXPECT_THAT(payloads(retained, "a/#"), UnorderedElementsAre("new", "other"));
  EXPECT_EQ(retained.messages(), 2U);
}

TEST(Retained, AnEmptyPayloadForgets) {
  Retained retained({});
  EXPECT_TRUE(retained.put(message("a", "x", 1, true)));
  EXPECT_TRUE(retained.put(message("a", "", 1, true)));
  EXPECT_TRUE(retained.put(message("never there", "", 1, true)));
  EXPECT_THAT(payloads(retained, "#"), IsEmpty());
  EXPECT_EQ(retained.bytes(), 0U);
}

TEST(Retained, WildcardsDoNotFindTopicsWithDollar) {
  Retained retained({});
  retained.put(message("$SYS/a", "x", 1, true));
  EXPECT_THAT(payloads(retained, "#"), IsEmpty());
  EXPECT_THAT(payloads(retained, "$SYS/#"), ElementsAre("x"));
}

TEST(Retained, AllOfTheMessageIsKept) {
  Retained retained({});
  const Buffer properties{std::byte{1}, std::byte{1}};
  store::Message sent{"a", "client", as_bytes("payload"), properties, {}, 1, true};
  sent.received.monotonic = std::chrono::seconds(7);
  retained.put(sent);
  RetainedCursor cursor;
  std::size_t budget = 1;
  const store::Kept kept = retained.next("a", cursor, budget);
  ASSERT_TRUE(kept);
  const store::Message view = kept->view();
  EXPECT_EQ(view.topic, "a");
  EXPECT_EQ(view.client, "client");
  EXPECT_EQ(as_text(view.payload), "payload");
  EXPECT_EQ(Buffer(view.properties.begin(), view.properties.end()), properties);
  EXPECT_EQ(view.received, sent.received);
  EXPECT_EQ(view.qos, 1);
  EXPECT_TRUE(view.retain);
}

TEST(Retained, AWalkGoesOnWhereItsBudgetEnded) {
  Retained retained({});
  for (const std::string_view topic : {"a/1", "b/1", "b/2", "c/1"}) retained.put(message(topic, topic, 1, true));
  RetainedCursor cursor;
  std::vector<std::string> found;
  std::size_t steps = 0;
  for (; steps < 10 && found.size() < 2; ++steps) {
    std::size_t budget = 1;
    const store::Kept kept = retained.next("+/2", cursor, budget);
    EXPECT_EQ(budget, 0U);
    if (!kept) continue;
    found.emplace_back(kept->view().topic);
    cursor.pass(kept->view().topic);
    retained.put(message("d/2", "came meanwhile", 1, true));
  }
  EXPECT_THAT(found, ElementsAre("b/2", "d/2"));
  EXPECT_EQ(steps, 5U) << "a topic a step";
}

TEST(Retained, FullItTakesNoNewTopicButNewsOfThoseItHas) {
  Retained retained({.messages = 2});
  EXPECT_TRUE(retained.put(message("a", "1", 1, true)));
  EXPECT_TRUE(retained.put(message("b", "1", 1, true)));
  EXPECT_FALSE(retained.put(message("c", "1", 1, true)));
  EXPECT_TRUE(retained.put(message("a", "2", 1, true)));
  EXPECT_THAT(payloads(retained, "#"), UnorderedElementsAre("2", "1"));
  EXPECT_TRUE(retained.put(message("b", "", 1, true)));
  EXPECT_TRUE(retained.put(message("c", "1", 1, true)));
}

TEST(Retained, AMessageThatHasNoRoomLeavesNoOutdatedOne) {
  Retained retained({.bytes = 1000});
  EXPECT_TRUE(retained.put(message("a", "small", 1, true)));
  EXPECT_FALSE(retained.put(message("a", std::string(1000, 'x'), 1, true)));
  EXPECT_THAT(payloads(retained, "a"), IsEmpty());
  EXPECT_EQ(retained.bytes(), 0U);
}

}  // namespace
}  // namespace tidegate::hub
