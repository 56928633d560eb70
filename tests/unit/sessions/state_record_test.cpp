#include "gateway/sessions/state_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/simulation/seeded_random.hpp"

namespace tidegate::sessions {
namespace {

using ::testing::ElementsAre;

std::string hex(const StateRecord& record) {
  Buffer payload;
  return to_hex(encode(record, payload).payload);
}

template <class Kind>
Kind again(const Kind& record, Buffer& payload) {
  const auto decoded = decode(encode(record, payload));
  EXPECT_TRUE(decoded && std::holds_alternative<Kind>(*decoded));
  return std::get<Kind>(*decoded);
}

// The bytes that gateway/sessions/FORMAT.md shows.
TEST(StateRecord, HasTheBytesOfItsDocument) {
  EXPECT_EQ(hex(SessionIs{{5}, "c", std::chrono::seconds(3600)}), "0105901c");
  EXPECT_EQ(hex(SessionEnded{{300}}), "02ac02");
  EXPECT_EQ(hex(Subscribed{{5}, "a/#", {2, true, false, 200}}), "030506c801");
  EXPECT_EQ(hex(Unsubscribed{{5}, "a/#"}), "0405");
  EXPECT_EQ(hex(Identifiers{{5}, Step::kReceived, {7, 0x1234}}), "050507003412");
  EXPECT_EQ(hex(Identifiers{{5}, Step::kReleased, {7}}), "06050700");
  EXPECT_EQ(hex(Identifiers{{5}, Step::kDelivered, {0x8000}}), "08050080");
  EXPECT_EQ(hex(Identifiers{{5}, Step::kDone, {0x8000}}), "09050080");
  store::Message message;
  message.payload = as_bytes("hi");
  EXPECT_EQ(hex(Owed{message, {{{5}, 0x8000, true, {200}}, {{6}, 0x8001, false, {}}}}),
            "070205008001"
            "01c801"
            "0601800000"
            "6869");
  EXPECT_EQ(hex(TimeAnchor{{{std::byte{0xB0}, std::byte{0xB1}}}, Monotonic(64), WallTime(-1)}),
            "0ab0b1000000000000000000000000000080"
            "0101");
}

TEST(StateRecord, AnAnchorComesBack) {
  Buffer payload;
  const TimeAnchor anchor{{{std::byte{7}}}, Monotonic(5'000'000), WallTime(1'700'000'000'000'000)};
  EXPECT_EQ(again(anchor, payload), anchor);
}

TEST(StateRecord, TextsAndOptionsComeBack) {
  Buffer payload;
  const SessionIs is = again(SessionIs{{5}, "c-1", std::chrono::seconds(3600)}, payload);
  EXPECT_EQ(is.session.value, 5U);
  EXPECT_EQ(is.client, "c-1");
  EXPECT_EQ(is.expiry, std::chrono::seconds(3600));
  for (const SubscriptionOptions& options :
       {SubscriptionOptions{0, false, false, 0}, SubscriptionOptions{1, true, false, 1},
        SubscriptionOptions{2, false, true, 268'435'455}}) {
    const Subscribed subscribed = again(Subscribed{{1}, "a/+", options}, payload);
    EXPECT_EQ(subscribed.filter, "a/+");
    EXPECT_EQ(subscribed.options, options);
  }
  EXPECT_EQ(again(Unsubscribed{{1}, "x"}, payload).filter, "x");
  EXPECT_EQ(again(SessionEnded{{1000}}, payload).session.value, 1000U);
}

TEST(StateRecord, AMessageThatIsOwedComesBackWithItsReceivers) {
  const Buffer properties{std::byte{1}, std::byte{1}};
  store::Message message;
  message.topic = "a/b";
  message.client = "publisher";
  message.payload = as_bytes("hello");
  message.properties = properties;
  message.qos = 2;
  message.retain = true;
  Buffer payload;
  const Owed owed = again(Owed{message, {{{1}, 0x8000, true, {7, 8}}, {{2}, 0xFFFF, false, {}}}}, payload);
  EXPECT_EQ(owed.message.topic, "a/b");
  EXPECT_EQ(as_text(owed.message.payload), "hello");
  EXPECT_TRUE(std::ranges::equal(owed.message.properties, properties));
  ASSERT_EQ(owed.receivers.size(), 2U);
  EXPECT_EQ(owed.receivers[0].packet_id, 0x8000);
  EXPECT_TRUE(owed.receivers[0].retain);
  EXPECT_THAT(owed.receivers[0].identifiers, ElementsAre(7, 8));
  EXPECT_EQ(owed.receivers[1].session.value, 2U);
  EXPECT_EQ(owed.receivers[1].packet_id, 0xFFFF);
}

TEST(StateRecord, AnyBytesAreDecodedWithoutHarm) {
  simulation::SeededRandom random(1);
  for (int i = 0; i < 200'000; ++i) {
    Buffer payload(static_cast<std::size_t>(random.below(20)));
    random.fill(payload);
    if (!payload.empty()) payload[0] = static_cast<std::byte>(random.below(11));
    store::Message message;
    message.payload = payload;
    const auto record = decode(message);
    const Owed* owed = record ? std::get_if<Owed>(&*record) : nullptr;
    EXPECT_LE(owed != nullptr ? owed->receivers.size() : 0, payload.size());
  }
}

TEST(StateRecord, WhatIsCutShortOrUnknownIsNone) {
  for (const std::string_view bytes : {"", "00", "0a05", "01", "0305", "050507", "0702058000", "ff"}) {
    const auto payload = from_hex(bytes);
    store::Message message;
    message.payload = *payload;
    EXPECT_FALSE(decode(message)) << bytes;
  }
}

}  // namespace
}  // namespace tidegate::sessions
