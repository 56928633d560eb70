// Broken on purpose: what a producer reports, and what becomes of the order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "gateway/north/kafka/kafka_upstream.hpp"
#include "tests/system/north_test.hpp"

namespace tidegate {
namespace {

constexpr std::int16_t kProduce = 0;  // the API's number

class MockClusterTest : public NorthTest {
 protected:
  MockClusterTest() {
    host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0);
    cluster = rd_kafka_mock_cluster_new(host, 1);
    options.name = "cloud";
    options.brokers = rd_kafka_mock_cluster_bootstraps(cluster);
    options.topic = "t";
    options.tls = false;
    options.gateway_id = "gw";
    options.backoff_min = std::chrono::milliseconds(20);
    options.backoff_max = std::chrono::milliseconds(100);
    rd_kafka_mock_topic_create(cluster, "t", 1, 1);
  }
  ~MockClusterTest() override {
    disconnect();
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(host);
  }

  std::unique_ptr<north::Upstream> make_upstream() override {
    return north::make_kafka_upstream(options, disk, reactor.executor(), reactor.timer(), random, events, metrics);
  }

  /// First occurrences of the payloads that the partition holds, in its order.
  std::vector<std::string> held(std::size_t least) {
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", options.brokers.c_str(), nullptr, 0);
    rd_kafka_conf_set(conf, "group.id", "reader", nullptr, 0);
    rd_kafka_t* const consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, nullptr, 0);
    rd_kafka_topic_partition_list_t* const partitions = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(partitions, "t", 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, partitions);
    rd_kafka_topic_partition_list_destroy(partitions);
    std::vector<std::string> found;
    wait_until([&] {
      rd_kafka_message_t* const message = rd_kafka_consumer_poll(consumer, 100);
      if (message == nullptr) return found.size() >= least;
      std::string payload = message->payload == nullptr ? "a tombstone" : "";
      if (message->err == 0) payload.append(static_cast<const char*>(message->payload), message->len);
      if (message->err == 0 && std::find(found.begin(), found.end(), payload) == found.end()) found.push_back(payload);
      rd_kafka_message_destroy(message);
      return false;
    });
    rd_kafka_destroy(consumer);
    return found;
  }
  static std::vector<std::string> payloads(std::size_t count, const std::vector<std::size_t>& without = {}) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i)
      if (std::find(without.begin(), without.end(), i) == without.end()) all.push_back("payload " + std::to_string(i));
    return all;
  }
  void fail_next(std::vector<rd_kafka_resp_err_t> errors) {
    rd_kafka_mock_push_request_errors_array(cluster, kProduce, errors.size(), errors.data());
  }

  SystemDisk disk;
  rd_kafka_t* host = nullptr;
  rd_kafka_mock_cluster_t* cluster = nullptr;
  north::KafkaOptions options;
};

TEST_F(MockClusterTest, a_backlog_and_what_comes_after_it_arrive_in_order) {
  add(300);
  connect();
  ASSERT_TRUE(delivered(300)) << state();
  add(50);
  ASSERT_TRUE(delivered(350)) << state();
  EXPECT_EQ(state(), "connected");
  EXPECT_EQ(held(350), payloads(350));
}

TEST_F(MockClusterTest, errors_that_pass_are_tried_again_in_order) {
  fail_next({RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
             RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT});
  add(300);
  connect();
  ASSERT_TRUE(delivered(300)) << state();
  EXPECT_EQ(held(300), payloads(300));
}

TEST_F(MockClusterTest, after_a_fatal_error_a_new_producer_goes_on_from_the_first_unconfirmed) {
  connect();
  add(100);
  ASSERT_TRUE(delivered(100)) << state();
  fail_next({RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH});
  add(300);
  ASSERT_TRUE(delivered(400)) << state();
  EXPECT_EQ(held(400), payloads(400));
  EXPECT_TRUE(reactor.on([this] { return events.has("kafka.producer_failed") && events.has("route.disconnected"); }));
}

TEST_F(MockClusterTest, a_record_that_is_too_large_to_send_is_parked_and_the_rest_arrives) {
  add(20);
  source.streams[0].records[7].first.assign(1'100'000, 'x');
  connect();
  ASSERT_TRUE(delivered(20)) << state();
  EXPECT_THAT(dead_letter.parked, testing::ElementsAre(7U));
  EXPECT_EQ(held(19), payloads(20, {7}));
}

TEST_F(MockClusterTest, of_a_batch_that_is_refused_only_the_guilty_record_is_parked) {
  // The batch, then the first record by itself.
  fail_next({RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  add(40);
  connect(1 << 20);
  ASSERT_TRUE(delivered(40)) << state();
  EXPECT_THAT(dead_letter.parked, testing::ElementsAre(0U));
  EXPECT_EQ(held(39), payloads(40, {0}));
}

TEST_F(MockClusterTest, an_empty_payload_stays_one_when_it_is_sent_again_by_itself) {
  fail_next({RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  add(1);
  reactor.on([this] {
    source.streams[0].records.emplace_back("", north::boot(1));
    return true;
  });
  add(1);
  connect(1 << 20);
  ASSERT_TRUE(delivered(3)) << state();
  EXPECT_THAT(held(2), testing::ElementsAre("", "payload 2"));
}

TEST_F(MockClusterTest, a_broker_that_goes_and_comes_back_has_everything_in_order) {
  connect(400);
  add(100);
  ASSERT_TRUE(delivered(100)) << state();
  rd_kafka_mock_broker_set_down(cluster, 1);
  add(200);
  ASSERT_TRUE(wait_until([this] { return state() != "connected"; }));
  EXPECT_EQ(cursor(), 100U);
  rd_kafka_mock_broker_set_up(cluster, 1);
  ASSERT_TRUE(delivered(300)) << state();
  EXPECT_EQ(held(300), payloads(300));
}

TEST_F(MockClusterTest, close_with_messages_in_flight_ends_in_time_and_confirms_none_of_them) {
  connect();
  ASSERT_TRUE(wait_until([this] { return state() == "connected"; }));
  rd_kafka_mock_broker_set_rtt(cluster, 1, 60'000);
  add(100);
  const auto begin = std::chrono::steady_clock::now();
  disconnect();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_EQ(cursor(), 0U);
}

TEST_F(MockClusterTest, what_is_not_confirmed_is_bounded) {
  options.max_queued_messages = 10;
  connect(100);
  ASSERT_TRUE(wait_until([this] { return state() == "connected"; }));
  rd_kafka_mock_broker_set_rtt(cluster, 1, 60'000);
  add(1000);
  EXPECT_FALSE(reactor.on([this] { return upstream->can_send(); }));
  EXPECT_LE(metrics.counter("tidegate_upstream_records_total", "", {{"upstream", "cloud"}}).value(), 30U);
}

}  // namespace
}  // namespace tidegate
