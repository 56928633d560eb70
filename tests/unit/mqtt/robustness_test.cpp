#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "proto/mqtt/client_codec.hpp"
#include "proto/mqtt/primitives.hpp"
#include "proto/mqtt/topic.hpp"
#include "tests/unit/mqtt/support.hpp"

namespace tidegate::mqtt {
namespace {

using testing::bytes;
using ::testing::IsEmpty;
using testing::Server;
using ::testing::SizeIs;

/// One packet of each kind that a client may send, connected first.
std::vector<Buffer> conversation(Version version) {
  if (version == Version::k311) {
    return {bytes("10 ( 00 04 'MQTT' 04 EE 00 3C 00 01 'c' 00 01 'w' 00 02 'hi' 00 01 'u' 00 01 'p'"),
            bytes("32 ( 00 03 'a/b' 00 0A 'hello'"),
            bytes("34 ( 00 03 'a/b' 00 0B 'hello'"),
            bytes("62 02 00 0B"),
            bytes("31 ( 00 0A 'long/topic' 'a payload that is longer than 127 bytes, so that the remaining length of '"
                  "'its packet needs two bytes, which may come apart as everything else may'"),
            bytes("82 ( 00 0A 00 03 'a/b' 01 00 03 'c/d' 02"),
            bytes("A2 ( 00 0B 00 03 'a/b'"),
            bytes("C0 00"),
            bytes("E0 00")};
  }
  return {bytes("10 ( 00 04 'MQTT' 05 EE 00 3C ( 11 00 00 00 0A 27 00 00 01 00 ) 00 01 'c'"
                "05 18 00 00 00 05 00 01 'w' 00 02 'hi' 00 01 'u' 00 01 'p'"),
          bytes("32 ( 00 03 'a/b' 00 0A 00 'hello'"),
          bytes("30 ( 00 03 'a/b' ( 01 01 08 00 03 'r/t' 26 00 01 'k' 00 03 'val' ) 'x'"),
          bytes("3A ( 00 03 'a/b' 00 0B ( 01 01 08 00 03 'r/t' 26 00 01 'k' 00 03 'val' ) 'x'"),
          bytes("34 ( 00 03 'a/b' 00 0C 00 'hello'"),
          bytes("62 ( 00 0C 92 04 1F 00 01 'x'"),
          bytes("82 ( 00 0A 03 0B 81 01 00 03 'a/b' 01 00 03 'c/d' 2E"),
          bytes("A2 ( 00 0B 00 00 03 'a/b'"),
          bytes("C0 00"),
          bytes("E0 ( 04 05 1F 00 02 'ok'")};
}

Buffer joined(const std::vector<Buffer>& packets) {
  Buffer all;
  for (const Buffer& packet : packets) all.insert(all.end(), packet.begin(), packet.end());
  return all;
}

class MqttRobustness : public ::testing::TestWithParam<Version> {};

TEST_P(MqttRobustness, EveryPrefixOfAPacketNeedsMore) {
  Server server;
  for (const Buffer& packet : conversation(GetParam())) {
    for (std::size_t cut = 0; cut < packet.size(); ++cut) {
      Bytes rest = Bytes(packet).first(cut);
      ServerSession& session = server.session();
      Buffer output;
      EXPECT_TRUE(std::holds_alternative<NeedMore>(session.next(rest, output)))
          << testing::hex(packet) << " at " << cut;
      EXPECT_EQ(rest.size(), cut) << "nothing is taken";
      EXPECT_THAT(output, IsEmpty());
    }
    EXPECT_THAT(server.hears(packet), SizeIs(1));
  }
}

TEST_P(MqttRobustness, SplitAnywhereIsTheSameConversation) {
  const Buffer all = joined(conversation(GetParam()));
  Server whole;
  const std::vector<std::string> expected = whole.hears(all);
  const std::string answers = whole.says();
  EXPECT_THAT(expected, SizeIs(conversation(GetParam()).size()));
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    Server server;
    std::vector<std::string> events = server.hears(Bytes(all).first(cut));
    for (std::string& event : server.hears(Bytes(all).subspan(cut))) events.push_back(std::move(event));
    EXPECT_EQ(events, expected) << cut;
    EXPECT_EQ(server.says(), answers);
  }
}

TEST_P(MqttRobustness, ByteByByteIsTheSameConversation) {
  const Buffer all = joined(conversation(GetParam()));
  Server whole;
  const std::vector<std::string> expected = whole.hears(all);
  Server server;
  std::vector<std::string> events;
  for (const std::byte& byte : all) {
    for (std::string& event : server.hears(Bytes(&byte, 1))) events.push_back(std::move(event));
  }
  EXPECT_EQ(events, expected);
  EXPECT_EQ(server.says(), whole.says());
}

bool within(Bytes input, Bytes view) {
  return view.empty() || (view.data() >= input.data() && view.data() + view.size() <= input.data() + input.size());
}
bool within(Bytes input, std::string_view view) { return within(input, as_bytes(view)); }

void expect_bounded(const Buffer& input, TopicFilters filters) {
  for (TopicFilter filter; filters.next(filter);) {
    EXPECT_TRUE(within(input, filter.filter));
    EXPECT_TRUE(valid_filter(filter.filter));
  }
}

/// Feeds what may be anything: every view must lie in the input, and the session must end or come to wait.
void expect_bounded(const Buffer& input) {
  const ServerLimits limits;
  ServerSession session(limits);
  Buffer output;
  Bytes rest(input);
  for (std::size_t events = 0; events <= input.size(); ++events) {
    const Event event = session.next(rest, output);
    if (std::holds_alternative<NeedMore>(event)) return;
    if (const auto* connect = std::get_if<Connect>(&event)) {
      EXPECT_TRUE(within(input, connect->client_id) && within(input, connect->user_name.value_or("")) &&
                  within(input, connect->password.value_or(Bytes())));
      const Will will = connect->will.value_or(Will());
      EXPECT_TRUE(within(input, will.topic) && within(input, will.payload) && within(input, will.properties));
      session.accept({}, output);
    }
    if (const auto* subscribe = std::get_if<Subscribe>(&event)) expect_bounded(input, subscribe->filters);
    if (const auto* unsubscribe = std::get_if<Unsubscribe>(&event)) expect_bounded(input, unsubscribe->filters);
    if (const auto* publish = std::get_if<Publish>(&event)) {
      EXPECT_TRUE(within(input, publish->topic) && within(input, publish->payload) &&
                  within(input, publish->properties));
      EXPECT_TRUE(valid_topic(publish->topic));
    }
  }
  ADD_FAILURE() << "more events than bytes: " << testing::hex(input);
}

TEST_P(MqttRobustness, AnyByteReplacedIsReadWithinBounds) {
  const Buffer all = joined(conversation(GetParam()));
  for (std::size_t at = 0; at < all.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      Buffer changed = all;
      changed[at] = static_cast<std::byte>(value);
      expect_bounded(changed);
    }
  }
}

TEST_P(MqttRobustness, RandomDamageIsReadWithinBounds) {
  const Buffer all = joined(conversation(GetParam()));
  std::mt19937 random(20'240'101);
  const auto below = [&random](std::size_t limit) { return std::size_t{random()} % limit; };
  for (int round = 0; round < 20'000; ++round) {
    Buffer changed = all;
    for (std::size_t i = below(8) + 1; i > 0 && !changed.empty(); --i) {
      const auto at = changed.begin() + static_cast<std::ptrdiff_t>(below(changed.size()));
      switch (below(3)) {
        case 0: *at = static_cast<std::byte>(random()); break;
        case 1: changed.erase(at); break;
        default: changed.insert(at, static_cast<std::byte>(random())); break;
      }
    }
    expect_bounded(changed);
  }
}

TEST_P(MqttRobustness, AnswersOfTheServerAreWellFormed) {
  Server server;
  server.hears(joined(conversation(GetParam())));
  const Buffer said = server.output();
  Bytes rest(said);
  while (!rest.empty()) {
    const ClientEvent event = decode_from_server(rest, GetParam());
    ASSERT_FALSE(std::holds_alternative<Failure>(event) || std::holds_alternative<NeedMore>(event));
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, MqttRobustness, ::testing::Values(Version::k311, Version::k5),
                         [](const auto& tested) { return tested.param == Version::k5 ? "V5" : "V311"; });

}  // namespace
}  // namespace tidegate::mqtt
