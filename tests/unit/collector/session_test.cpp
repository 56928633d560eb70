#include "gateway/programs/collector/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/collector/fixtures.hpp"

namespace tidegate::collector {
namespace {

using testing::ElementsAre;

class SessionTest : public DatabaseFixture {
 protected:
  SessionTest() : session(*database, events) {}

  /// Holds one incarnation of the stream "s".
  static v1::FromGateway hello(const std::string& gateway = "gw", char incarnation = 'i') {
    v1::FromGateway message;
    message.mutable_hello()->set_protocol(1);
    message.mutable_hello()->set_gateway_id(gateway);
    v1::StreamRange& range = *message.mutable_hello()->add_streams();
    range.set_stream("s");
    range.set_incarnation(std::string(16, incarnation));
    return message;
  }
  static v1::FromGateway batch(std::uint64_t first, std::uint32_t count, char incarnation = 'i') {
    v1::Records records;
    records.set_boot_id(std::string(16, 'b'));
    for (std::uint32_t i = 0; i < count; ++i) records.add_records()->set_payload(std::to_string(first + i));
    v1::FromGateway message;
    v1::Batch& batch = *message.mutable_batch();
    batch.set_stream("s");
    batch.set_incarnation(std::string(16, incarnation));
    batch.set_first(first);
    batch.set_count(count);
    batch.set_codec(v1::CODEC_RECORDS);
    batch.set_body(records.SerializeAsString());
    batch.set_raw_bytes(static_cast<std::uint32_t>(batch.body().size()));
    return message;
  }
  static v1::FromGateway skip(std::uint64_t from, std::uint64_t to) {
    v1::FromGateway message;
    message.mutable_skip()->set_stream("s");
    message.mutable_skip()->set_incarnation(std::string(16, 'i'));
    message.mutable_skip()->set_from(from);
    message.mutable_skip()->set_to(to);
    message.mutable_skip()->set_reason(v1::SKIP_EVICTED);
    return message;
  }

  /// Answers in short: "ack 3", "credit", "not persisted 3-5", "rejected 3-5", "welcome s=3".
  std::vector<std::string> say(const v1::FromGateway& message) {
    const Result<Session::Answers> answers = session.receive(message);
    if (!answers.ok()) return {"end: " + answers.error().message};
    std::vector<std::string> all;
    for (const v1::FromCollector& answer : *answers) all.push_back(in_short(answer));
    return all;
  }
  static std::string in_short(const v1::FromCollector& answer) {
    if (answer.has_ack()) return "ack " + std::to_string(answer.ack().next());
    if (answer.has_credit()) return "credit";
    if (answer.has_result()) {
      const bool rejected = answer.result().delivery() == v1::DELIVERY_REJECTED;
      return (rejected ? "rejected " : "not persisted ") + std::to_string(answer.result().from()) + "-" +
             std::to_string(answer.result().to());
    }
    std::string text = "welcome";
    for (const v1::Position& position : answer.welcome().positions())
      text += " " + position.stream() + "=" + std::to_string(position.next());
    return text;
  }

  SilentLog events;
  Session session;
};

TEST_F(SessionTest, acknowledges_what_it_has_stored_and_gives_the_credit_back) {
  EXPECT_THAT(say(hello()), ElementsAre("welcome"));
  EXPECT_THAT(say(batch(0, 3)), ElementsAre("ack 3", "credit"));
  EXPECT_EQ(*database->count(std::nullopt), 3U);
}

TEST_F(SessionTest, tells_a_gateway_that_comes_back_how_far_it_was) {
  say(hello());
  say(batch(0, 3));
  Session next(*database, events);
  const Result<Session::Answers> answers = next.receive(hello());
  ASSERT_TRUE(answers.ok());
  EXPECT_EQ(in_short(answers->front()), "welcome s=3");
}

TEST_F(SessionTest, tells_of_lanes_that_it_was_not_asked_about_only_the_farthest) {
  say(hello());
  say(batch(0, 3));
  for (char start = 'j'; start < 'z'; ++start) say(batch(start == 'k' ? 100 : 10, 1, start));
  Session next(*database, events);
  EXPECT_THAT(in_short(next.receive(hello())->front()), "welcome s=3 s=101");
  Session of_another_start(*database, events);
  EXPECT_THAT(in_short(of_another_start.receive(hello("gw", 'k'))->front()), "welcome s=101 s=11");
}

TEST_F(SessionTest, acknowledges_again_what_comes_again) {
  say(hello());
  say(batch(0, 3));
  EXPECT_THAT(say(batch(0, 3)), ElementsAre("ack 3", "credit"));
  EXPECT_EQ(*database->count(std::nullopt), 3U);
}

TEST_F(SessionTest, does_not_take_a_batch_above_a_gap) {
  say(hello());
  say(batch(0, 3));
  EXPECT_THAT(say(batch(5, 2)), ElementsAre("not persisted 5-7", "credit"));
  EXPECT_THAT(say(batch(3, 4)), ElementsAre("ack 7", "credit"));
}

TEST_F(SessionTest, keeps_the_place_of_a_batch_in_a_codec_that_it_does_not_know) {
  say(hello());
  v1::FromGateway newer = batch(0, 4);
  newer.mutable_batch()->set_codec(v1::CODEC_COLUMNS);
  EXPECT_THAT(say(newer), ElementsAre("not persisted 0-4", "credit"));
  EXPECT_THAT(say(batch(0, 4)), ElementsAre("ack 4", "credit"));
}

TEST_F(SessionTest, names_a_batch_that_it_rejects_and_goes_on_behind_it) {
  say(hello());
  v1::FromGateway bad = batch(0, 3);
  bad.mutable_batch()->set_count(4);
  EXPECT_THAT(say(bad), ElementsAre("rejected 0-4", "ack 4", "credit"));
  EXPECT_THAT(say(batch(4, 1)), ElementsAre("ack 5", "credit"));
  EXPECT_EQ(database->lanes()->front().skips.front().reason, std::uint32_t{v1::SKIP_REJECTED});
  // The gateway names the range too: nothing changes.
  EXPECT_THAT(say(skip(0, 4)), ElementsAre("ack 5"));
}

TEST_F(SessionTest, acknowledges_a_skip) {
  say(hello());
  EXPECT_THAT(say(skip(4, 9)), ElementsAre("ack 9"));
  EXPECT_THAT(say(batch(9, 1)), ElementsAre("ack 10", "credit"));
}

TEST_F(SessionTest, ends_a_stream_that_does_not_begin_with_hello) {
  EXPECT_THAT(say(batch(0, 1)), ElementsAre("end: the stream does not begin with Hello"));
}

TEST_F(SessionTest, ends_a_stream_whose_protocol_it_does_not_speak) {
  v1::FromGateway later = hello();
  later.mutable_hello()->set_protocol(2);
  EXPECT_THAT(say(later), ElementsAre("end: protocol 2 is not spoken here, only 1; update the older of the two"));
}

TEST_F(SessionTest, ends_a_stream_that_names_what_cannot_be) {
  say(hello());
  v1::FromGateway nowhere = batch(0, 1);
  nowhere.mutable_batch()->set_incarnation("short");
  EXPECT_EQ(say(nowhere).front().substr(0, 4), "end:");
  EXPECT_EQ(say(batch(0, 0)).front().substr(0, 4), "end:");
  EXPECT_EQ(say(batch(UINT64_MAX, 2)).front().substr(0, 4), "end:");
  EXPECT_EQ(say(skip(4, 4)).front().substr(0, 4), "end:");
}

TEST_F(SessionTest, takes_an_anchor_without_an_answer_and_ends_a_stream_whose_anchor_cannot_be) {
  say(hello());
  v1::FromGateway anchor;
  anchor.mutable_anchor()->set_boot_id(std::string(16, 'b'));
  anchor.mutable_anchor()->set_monotonic_us(5);
  anchor.mutable_anchor()->set_wall_us(1005);
  EXPECT_TRUE(say(anchor).empty());
  say(batch(0, 1));
  static_cast<void>(database->each_message({}, [](const StoredMessage& stored) {
    EXPECT_EQ(stored.message.wall_us, 1000);
    EXPECT_EQ(stored.message.time_quality, std::uint32_t{v1::TIME_CORRECTED});
  }));
  anchor.mutable_anchor()->set_monotonic_us(UINT64_MAX);
  EXPECT_EQ(say(anchor).front(), "end: an anchor of no boot");
  anchor.mutable_anchor()->set_monotonic_us(5);
  anchor.mutable_anchor()->set_boot_id("short");
  EXPECT_EQ(say(anchor).front(), "end: an anchor of no boot");
}

TEST_F(SessionTest, ignores_what_a_later_version_may_say) {
  say(hello());
  EXPECT_TRUE(say(v1::FromGateway()).empty());
}

}  // namespace
}  // namespace tidegate::collector
