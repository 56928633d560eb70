#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/programs/tidegate/explain_text.hpp"
#include "gateway/programs/tidegate/filter_match.hpp"
#include "gateway/south/users/users.hpp"
#include "proto/mqtt/topic.hpp"

namespace tidegate::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kConfiguration = R"([upstream.cloud]
grpc = "collector:7070"
[upstream.plant]
kafka = "b1:9093,b2:9093"
tls = false
topic = "sensors.{1}"
key = "{3}"
[stream.alarms]
topics = ["site/+/alarm", "fire"]
to = ["cloud"]
quota = "1 GB"
when_full = "refuse"
[stream.readings]
topics = ["site/#", "tele/+/SENSOR"]
to = ["plant"]
[stream.late]
topics = ["#"]
to = ["cloud"]
)";

Explanation explain(std::string_view topic, std::string_view configuration = kConfiguration) {
  const config::Loaded loaded = config::parse(configuration, "t");
  EXPECT_TRUE(loaded.faults.empty()) << config::to_string(loaded.faults.front());
  return explain_message(loaded, {.topic = std::string(topic), .user = ""});
}

TEST(ExplainMessage, TheWholeWayIsTold) {
  const Explanation explanation = explain("site/boiler/temperature");
  EXPECT_TRUE(explanation.is_kept);
  EXPECT_EQ(explanation.text, R"(topic: site/boiler/temperature
publisher: anyone, with any name or none: mqtt.users is not set
stream: readings, by its filter "site/#" (t:14)
  not alarms by "site/+/alarm": level 3 is "temperature", not "alarm"
  not alarms by "fire": level 1 is "site", not "fire"
  not late by "#", which matches too: it comes later
  quota: an equal share of the store (default)
  when_full = "drop-oldest" (default)
  max_age: no limit (default)
  keep: no longer than until they are delivered (default)
  priority: none, every stream gets its turn
upstream: plant, because stream readings goes there (t:15)
  Kafka at b1:9093,b2:9093, without TLS
  as Kafka topic "sensors.site", key "temperature"
  link: none, this machine's routes decide
subscribers: every client with a filter that matches, at once, whether a stream takes it or not
  anyone may subscribe to every topic: mqtt.users is not set
  QoS 1 waits for one that reads slowly, then the oldest is dropped: max_queued = 1000 (default)
  with the retain flag it is kept in memory for who subscribes later: max_retained = 10000 (default)
)");
}

TEST(ExplainMessage, WhatIsSetIsShownWithItsLine) {
  const std::string text = explain("site/boiler/alarm").text;
  EXPECT_THAT(text, HasSubstr("stream: alarms, by its filter \"site/+/alarm\" (t:9)\n"));
  EXPECT_THAT(text, HasSubstr("  not readings by \"site/#\", which matches too: it comes later\n"));
  EXPECT_THAT(text, HasSubstr("  quota = \"1 GB\" (t:11)\n  when_full = \"refuse\" (t:12)\n"));
  EXPECT_THAT(text, HasSubstr("  tidegate-collector at collector:7070, with TLS\n"));
  EXPECT_THAT(text, Not(HasSubstr("Kafka")));
}

constexpr std::string_view kNarrow = R"([upstream.u]
grpc = "h:1"
[stream.s]
topics = ["a/b/c", "tele/+/SENSOR"]
to = ["u"]
)";

TEST(ExplainMessage, ATopicThatNoStreamTakesComesWithTheNearestFilter) {
  const Explanation explanation = explain("tele/boiler/STATE", kNarrow);
  EXPECT_FALSE(explanation.is_kept);
  EXPECT_THAT(explanation.text, HasSubstr("stream: none, so it is acknowledged, counted in tidegate status, and not"));
  EXPECT_THAT(explanation.text, HasSubstr("  not s by \"tele/+/SENSOR\": level 3 is \"STATE\", not \"SENSOR\"\n"));
  EXPECT_THAT(explanation.text, HasSubstr("  to keep it, add \"tele/+/STATE\" to the topics of stream s, whose "
                                          "\"tele/+/SENSOR\" is nearest\n"));
  EXPECT_THAT(explanation.text, Not(HasSubstr("upstream")));
  EXPECT_THAT(explain("elsewhere", kNarrow).text, HasSubstr("add \"elsewhere\" to the topics of a stream\n"));
}

TEST(ExplainMessage, SubscribersGetItEvenWhereNoStreamTakesIt) {
  const std::string text = explain("$SYS/load", "[mqtt]\nmax_queued = 5\n" + std::string(kNarrow)).text;
  EXPECT_THAT(text, HasSubstr("stream: none"));
  EXPECT_THAT(text, HasSubstr("subscribers: every client with a filter that matches"));
  EXPECT_THAT(text, HasSubstr("  not by a filter that begins with + or #: the topic begins with $\n"));
  EXPECT_THAT(text, HasSubstr("max_queued = 5 (t:2)\n"));
  EXPECT_THAT(explain("a/b/c", "[mqtt]\nlisten = \"\"\n" + std::string(kNarrow)).text,
              HasSubstr("subscribers: nobody, mqtt.listen is empty\n"));
}

TEST(ExplainMessage, WithUsersOnlyTheyMayPublish) {
  const config::Loaded loaded = config::parse("[mqtt]\nusers = \"/u\"\n" + std::string(kNarrow), "t");
  const std::string digest(86, 'A');
  const auto users = south::Users::parse("tide:$7$101$AAAAAAAAAAAAAAAA$" + digest + "==\n", "/u");
  ASSERT_TRUE(users.ok()) << users.error().message;
  const auto ask = [&](const char* user) {
    return explain_message(loaded, {.topic = "a/b/c", .user = user, .users = &*users});
  };
  EXPECT_THAT(ask("tide").text, HasSubstr("publisher: tide is in /u (t:2), and may publish on every topic\n"));
  EXPECT_THAT(ask("tide").text, HasSubstr("  every user in /u may subscribe to every topic\n"));
  EXPECT_TRUE(ask("tide").is_kept);
  EXPECT_THAT(ask("ebb").text, HasSubstr("publisher: ebb is not in /u (t:2), and may not connect"));
  EXPECT_FALSE(ask("ebb").is_kept);
  EXPECT_THAT(ask("").text, HasSubstr("publisher: every user in /u (t:2), on every topic; there are 1\n"));
}

constexpr std::string_view kBrokers = R"([broker.home]
mqtt = "h:1883"
topics = ["x", "a/+/c", "a/b/+"]
[broker.away]
mqtt = "w:8883"
topics = ["$share/g/a/#"]
[broker.mute]
mqtt = "m:1883"
topics = ["+"]
)";

TEST(ExplainMessage, ABrokerWhoseFilterMatchesIsAPublisher) {
  const std::string closed = "[mqtt]\nlisten = \"\"\n";
  const Explanation explanation = explain("a/b/c", closed + std::string(kBrokers) + std::string(kNarrow));
  EXPECT_TRUE(explanation.is_kept);
  EXPECT_THAT(explanation.text,
              HasSubstr("publisher: no client, mqtt.listen is empty\n"
                        "publisher: broker home at h:1883, by its filters \"a/+/c\" and \"a/b/+\" (t:5)\n"
                        "  it may come once for each of them\n"
                        "publisher: broker away at w:8883, by its filter \"$share/g/a/#\" (t:8)\n"
                        "  not broker mute: none of its filters matches (t:11)\n"
                        "stream: s"));
  EXPECT_FALSE(explain("a/b/c", closed + std::string(kNarrow)).is_kept);
  const Explanation open = explain("a/b/c", std::string(kBrokers) + std::string(kNarrow));
  EXPECT_THAT(open.text, HasSubstr("publisher: anyone, with any name or none: mqtt.users is not set\n"
                                   "publisher: broker home"));
}

TEST(ExplainMessage, ABrokerDoesNotMakeAUserWelcome) {
  const config::Loaded loaded =
      config::parse("[mqtt]\nlisten = \"\"\n" + std::string(kBrokers) + std::string(kNarrow), "t");
  EXPECT_FALSE(explain_message(loaded, {.topic = "a/b/c", .user = "ada"}).is_kept);
}

TEST(ExplainMessage, ATopicDoesNotSteerTheTerminal) {
  EXPECT_THAT(explain("a\x1b[2J\n").text, HasSubstr("topic: a?[2J?\n"));
}

TEST(ExplainMessage, OfManyFiltersOnlyTheFirstAreTold) {
  const std::string text = explain("x",
                                   "[upstream.u]\ngrpc = \"h:1\"\n[stream.s]\ntopics = "
                                   "[\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\"]\nto = [\"u\"]\n")
                               .text;
  EXPECT_THAT(text, HasSubstr("  not s by \"5\""));
  EXPECT_THAT(text, Not(HasSubstr("not s by \"6\"")));
  EXPECT_THAT(text, HasSubstr("  nor s by 2 more\n"));
}

struct Near {
  const char* filter;
  const char* topic;
  const char* why;
  const char* idea;
};

TEST(Mismatch, NamesTheFirstLevelThatDiffersAndAFilterThatMatches) {
  for (const Near& near : {
           Near{"a/+/c", "a/b/d", "level 3 is \"d\", not \"c\"", "a/+/d"},
           Near{"a/b", "a/b/c", "it takes 2 levels, the topic has 3", "a/b/c"},
           Near{"a/+/c", "a/b", "it takes 3 levels, the topic has 2", "a/+"},
           Near{"a/b/#", "a", "it takes at least 2 levels, the topic has 1", "a"},
           Near{"x/#", "a/b", "level 1 is \"a\", not \"x\"", "a/b"},
           Near{"a", "", "level 1 is \"\", not \"a\"", ""},
           Near{"#", "$SYS/load", "a topic that begins with $ is taken only by a filter that begins with it too",
                "$SYS/load"},
           Near{"+/load", "$SYS/load", "a topic that begins with $ is taken only by a filter that begins with it too",
                "$SYS/load"},
       }) {
    ASSERT_FALSE(mqtt::matches(near.filter, near.topic)) << near.filter;
    const Mismatch found = mismatch(near.filter, near.topic);
    EXPECT_EQ(found.why, near.why) << near.filter << " " << near.topic;
    EXPECT_EQ(found.idea, near.idea) << near.filter << " " << near.topic;
    if (near.topic[0] != '\0') {
      EXPECT_TRUE(mqtt::matches(found.idea, near.topic)) << found.idea;
    }
  }
}

}  // namespace
}  // namespace tidegate::cli
