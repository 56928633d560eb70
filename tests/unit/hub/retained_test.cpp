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
  std::vector<Kept> kept;
  retained.match(filter, kept);
  std::vector<std::string> texts;
  for (const Kept& one : kept) texts.emplace_back(as_text(one->view().payload));
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
  std::vector<Kept> kept;
  retained.match("a", kept);
  ASSERT_EQ(kept.size(), 1U);
  const store::Message view = kept[0]->view();
  EXPECT_EQ(view.topic, "a");
  EXPECT_EQ(view.client, "client");
  EXPECT_EQ(as_text(view.payload), "payload");
  EXPECT_EQ(Buffer(view.properties.begin(), view.properties.end()), properties);
  EXPECT_EQ(view.received, sent.received);
  EXPECT_EQ(view.qos, 1);
  EXPECT_TRUE(view.retain);
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
