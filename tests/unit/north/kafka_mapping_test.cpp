#include "gateway/north/kafka/mapping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/base/kafka_topic.hpp"
#include "gateway/config/properties.hpp"
#include "gateway/north/kafka/explain.hpp"
#include "gateway/north/kafka/kafka_upstream.hpp"
#include "gateway/store/commit_queue.hpp"
#include "tests/unit/north/fakes.hpp"

namespace tidegate::north {
namespace {

KafkaMapping mapping(std::string_view topic, std::string_view key = "") {
  auto made = KafkaMapping::make(topic, key);
  EXPECT_TRUE(made.ok());
  return *std::move(made);
}

TEST(KafkaMapping, levels_of_the_mqtt_topic_count_from_one) {
  EXPECT_EQ(mapping("{1}.{3}").topic("site/boiler/temperature"), "site.temperature");
  EXPECT_EQ(mapping("sensors").topic("site/boiler"), "sensors");
  EXPECT_EQ(mapping("t", "{2}").key("site/boiler/temperature"), "boiler");
}

TEST(KafkaMapping, what_kafka_does_not_allow_becomes_an_underscore) {
  EXPECT_EQ(mapping("s.{1}").topic("a b:c/x"), "s.a_b_c");
  EXPECT_EQ(mapping("{1}").topic("\xC3\xA4/x"), "__");
  EXPECT_EQ(mapping("{1}").topic("./x"), "_");
  EXPECT_EQ(mapping("{1}").topic("../x"), "_");
  EXPECT_EQ(mapping("{1}").topic(".../x"), "...");
  EXPECT_EQ(mapping("{1}.").topic("./x"), "_");
  EXPECT_EQ(mapping("{1}").topic(std::string(300, 'a')).size(), kMaxKafkaTopic);
}

TEST(KafkaMapping, a_level_that_is_not_there_is_an_underscore_in_a_topic_and_the_whole_topic_in_a_key) {
  EXPECT_EQ(mapping("s.{2}").topic("site"), "s._");
  EXPECT_EQ(mapping("s.{2}").topic("site//x"), "s._");
  EXPECT_EQ(mapping("t", "{2}").key("site"), "site");
  EXPECT_EQ(mapping("t", "{1}-{2}").key("site/"), "site/");
  EXPECT_EQ(mapping("t").key("site/boiler"), "site/boiler");
}

TEST(KafkaMapping, a_template_that_is_not_one_is_refused) {
  for (const char* text : {"{", "}", "{}", "{0}", "{100}", "{x}", "{1", "a}b", "{-1}", "{1x}"})
    EXPECT_FALSE(KafkaMapping::make(text, "").ok()) << text;
}

TEST(KafkaMapping, the_headers_hold_the_identity_the_topic_and_both_times) {
  store::Record record{Offset{7}, boot(1), {}};
  record.message.topic = "a/b";
  record.message.received = {Monotonic(61'000'999), WallTime(1'700'000'000'123'456), TimeQuality::kSynchronised};
  const KafkaHeaders headers = kafka_headers("gw", lane("s", 1), record);
  EXPECT_EQ(headers[0].first, "id");
  EXPECT_EQ(headers[0].second, "gw/s/01010101010101010101010101010101/7");
  EXPECT_EQ(headers[1].second, "a/b");
  EXPECT_EQ(headers[2].second, "1700000000123/2");
  EXPECT_EQ(headers[3].first, "boot");
  EXPECT_EQ(headers[3].second, "0101010101010101/61000");
}

// It reads so in the dead letter.
TEST(KafkaMapping, a_topic_that_kafka_keeps_to_itself_is_refused_with_what_to_do) {
  EXPECT_EQ(kafka_delivery(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION), Delivery::kRejected);
  EXPECT_THAT(explain_kafka(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, "", {}),
              testing::AllOf(testing::HasSubstr("correct topic"), testing::HasSubstr("Invalid topic")));
}

// The topic is there three times: in the message itself, in the header and, at worst, as the key.
TEST(KafkaMapping, the_largest_message_that_mqtt_lets_in_fits_into_a_kafka_message_and_a_frame) {
  const std::uint64_t largest = config::find_property("mqtt", "max_message")->bounds.max;
  constexpr std::uint64_t kLongestTopic = 65'535;
  constexpr std::uint64_t kOtherHeaders = 1000;
  EXPECT_LT(largest + 2 * kLongestTopic + kOtherHeaders, KafkaOptions{}.max_message_bytes);
  EXPECT_LT(largest + kOtherHeaders, store::CommitQueue::kPartBytes);
}

}  // namespace
}  // namespace tidegate::north
