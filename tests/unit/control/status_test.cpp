#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/control/status_json.hpp"
#include "gateway/programs/tidegate/status_text.hpp"

namespace tidegate {
namespace {

using control::Status;
using testing::HasSubstr;
using testing::Not;

Status busy() {
  return {.version = "0.1.0",
          .gateway_id = "gw-7",
          .uptime_s = 11'530,
          .ready = false,
          .not_ready_reasons = {"store: read-only"},
          .mqtt = {.listen = "0.0.0.0:1883", .connections = 1, .received = 10'204, .acknowledged = 9'000, .shed = 7},
          .brokers = {{.name = "home", .state = "connected", .received = 1'500, .acknowledged = 1'499, .too_large = 2}},
          .unmatched = {.messages = 1'204, .topic_count = 3, .topics = {{"a", 1'000}, {"b", 200}, {"c", 4}}},
          .streams = {{.name = "sensors",
                       .first = 80,
                       .next = 9'000,
                       .backlog_records = 120,
                       .live_bytes = 12'400'000,
                       .quota_bytes = 500'000'000,
                       .dropped = {{"evicted", 80}}}},
          .dead_letter = {.parked = 2, .live_bytes = 60'000, .quota_bytes = 1'000'000},
          .upstreams = {{.name = "cloud", .state = "connected", .streams = {{"sensors", 8'880}}, .bytes = 123'456}},
          .store = {.trouble = "read-only",
                    .device_bytes = 2'000'000,
                    .payload_bytes = 1'000'000,
                    .flushes = 321,
                    .notices = {"a pool was set aside"}},
          .ack_latency = {.p50_us = 1'234, .p99_us = 8'000}};
}

// The names are read by monitoring scripts: a change breaks them.
TEST(StatusJson, MembersAreNamedAsInTheStruct) {
  EXPECT_EQ(
      control::to_json(busy()),
      R"({"version":"0.1.0","gateway_id":"gw-7","uptime_s":11530,"ready":false,)"
      R"("not_ready_reasons":["store: read-only"],"parked":false,)"
      R"("mqtt":{"listen":"0.0.0.0:1883","connections":1,"received":10204,"acknowledged":9000,"shed":7},)"
      R"("brokers":[{"name":"home","state":"connected","received":1500,"acknowledged":1499,"too_large":2}],)"
      R"("unmatched":{"messages":1204,"topic_count":3,"other_messages":0,)"
      R"("topics":[{"topic":"a","count":1000},{"topic":"b","count":200},{"topic":"c","count":4}]},)"
      R"("streams":[{"name":"sensors","first":80,"next":9000,"backlog_records":120,"live_bytes":12400000,)"
      R"("quota_bytes":500000000,"dropped":{"evicted":80}}],)"
      R"("dead_letter":{"parked":2,"live_bytes":60000,"quota_bytes":1000000},)"
      R"("upstreams":[{"name":"cloud","state":"connected",)"
      R"("streams":[{"stream":"sensors","position":8880}],"bytes":123456}],)"
      R"("store":{"trouble":"read-only","device_bytes":2000000,"payload_bytes":1000000,"flushes":321,"notices":["a pool was set aside"]},)"
      R"("ack_latency":{"p50_us":1234,"p99_us":8000}})"
      "\n");
}

TEST(StatusJson, ReadingGivesBackWhatWasWritten) {
  Status status = busy();
  status.mqtt.received = UINT64_MAX;
  status.unmatched.topics[0].topic = "a\"\\\n\xC3\xA9";
  const auto read = control::from_json(control::to_json(status));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(control::to_json(*read), control::to_json(status));
}

TEST(StatusJson, AnotherVersionIsNamed) {
  const auto read = control::from_json(R"({"version":"9.9.9","moon":"full"})");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message, "the gateway is of another version, 9.9.9");
}

TEST(StatusJson, WhatIsNoStatusIsRefused) {
  for (const char* text : {"", "{", "[]", "{}", "null", "<html>", "{\"version\":5}"}) {
    EXPECT_FALSE(control::from_json(text).ok()) << text;
  }
}

TEST(StatusText, OneSubjectALine) {
  EXPECT_EQ(cli::status_text(busy()),
            "gateway gw-7, version 0.1.0, up 3 h 12 min: NOT READY: store: read-only\n"
            "mqtt 0.0.0.0:1883: 1 connection, 10,204 received, 7 of QoS 0 dropped, 9,000 acknowledged, after p50 "
            "1.2 ms, p99 8.0 ms\n"
            "broker home: 1,500 received, 1,499 acknowledged, 2 lost (larger than mqtt.max_message); connected\n"
            "store: flushed 321 times, 2 MB written for 1 MB of payload; TAKES NO WRITES: read-only\n"
            "store: NOTE: a pool was set aside\n"
            "stream sensors: 9,000 stored, 120 owed, 12.4 MB of 500 MB, 80 dropped (evicted)\n"
            "dead letter: 2 messages refused for good by an upstream, 60 KB of 1 MB kept\n"
            "upstream cloud: 123 KB sent, has 8,880 of sensors; connected\n"
            "1,204 messages on 3 topics go nowhere: a (1,000), b (200), c (4)\n");
}

TEST(StatusText, NothingDroppedAtQoS0IsNotMentioned) {
  Status status = busy();
  status.mqtt.shed = 0;
  EXPECT_THAT(cli::status_text(status), Not(HasSubstr("QoS 0")));
}

TEST(StatusText, NothingUnmatchedIsNotMentionedOneIsSingularManyEndInDots) {
  Status status = busy();
  status.unmatched = {};
  EXPECT_THAT(cli::status_text(status), Not(HasSubstr("nowhere")));
  status.unmatched = {.messages = 1, .topic_count = 1, .topics = {{"a", 1}}};
  EXPECT_THAT(cli::status_text(status), HasSubstr("1 message on 1 topic goes nowhere: a (1)\n"));
  status.unmatched.topic_count = 12;
  EXPECT_THAT(cli::status_text(status), HasSubstr("a (1), ...\n"));
  status.unmatched = {.messages = 3, .topic_count = 2, .other_messages = 1, .topics = {{"a", 1}, {"b", 1}}};
  EXPECT_THAT(cli::status_text(status), HasSubstr("3 messages on more than 2 topics go nowhere: "));
}

// A topic comes from whoever publishes: it must not clear the owner's screen.
TEST(StatusText, ControlCharactersDoNotReachTheTerminal) {
  Status status = busy();
  status.unmatched.topics[0].topic = "x\x1b[2J\n\x7f\xC2\x9Bz\xC3\xA9";
  EXPECT_THAT(cli::status_text(status), HasSubstr("x?[2J???z\xC3\xA9 (1,000)"));
}

TEST(StatusLine, CountsWhatCameSinceTheLineBefore) {
  Status before = busy();
  before.mqtt.received = 10'000;
  EXPECT_EQ(cli::status_line(busy(), before),
            "up 3 h 12 min, 1 connection, 10,204 received (+204), 9,000 acknowledged, 120 owed, cloud connected, home "
            "connected, NOT READY\n");
  before.mqtt.received = 20'000;
  EXPECT_THAT(cli::status_line(busy(), before), HasSubstr("(+0)"));
}

TEST(StatusText, ThousandsAreSeparated) {
  EXPECT_EQ(cli::with_commas(0), "0");
  EXPECT_EQ(cli::with_commas(999), "999");
  EXPECT_EQ(cli::with_commas(1'000), "1,000");
  EXPECT_EQ(cli::with_commas(1'234'567), "1,234,567");
}

}  // namespace
}  // namespace tidegate
