// The bytes of the upstream protocol. A gateway in the field speaks these for years: a test here that fails says that a
// collector of today would no longer understand it. Encodings are only added.
#include <gtest/gtest.h>

#include <string>

#include "gateway/base/bytes.hpp"
#include "proto/tidegate/v1/collector.pb.h"

namespace tidegate::v1 {
namespace {

const std::string kIncarnation = "0123456789abcdef";

template <class Message>
std::string hex(const Message& message) {
  return to_hex(as_bytes(message.SerializeAsString()));
}

TEST(CollectorEncoding, hello) {
  FromGateway message;
  Hello& hello = *message.mutable_hello();
  hello.set_protocol(1);
  hello.set_gateway_id("gw");
  hello.set_software("t");
  hello.set_boot_id("b");
  StreamRange& range = *hello.add_streams();
  range.set_stream("s");
  range.set_incarnation(kIncarnation);
  range.set_first(1);
  range.set_next(300);
  EXPECT_EQ(hex(message),
            "0a28"
            "0801"
            "12026777"
            "1a0174"
            "220162"
            "2a1a0a0173121030313233343536373839616263646566180120ac02");
}

TEST(CollectorEncoding, batch) {
  FromGateway message;
  Batch& batch = *message.mutable_batch();
  batch.set_stream("s");
  batch.set_incarnation(kIncarnation);
  batch.set_lane(1);
  batch.set_first(300);
  batch.set_count(2);
  batch.set_codec(CODEC_RECORDS);
  batch.set_compression(COMPRESSION_ZSTD);
  batch.set_raw_bytes(5);
  batch.set_body("xy");
  EXPECT_EQ(hex(message),
            "1226"
            "0a0173"
            "121030313233343536373839616263646566"
            "1801"
            "20ac02"
            "2802"
            "3001"
            "3801"
            "4005"
            "4a027879");
}

TEST(CollectorEncoding, skip_and_anchor) {
  FromGateway skip;
  skip.mutable_skip()->set_stream("s");
  skip.mutable_skip()->set_from(1);
  skip.mutable_skip()->set_to(4);
  skip.mutable_skip()->set_reason(SKIP_REJECTED);
  EXPECT_EQ(hex(skip), "1a090a0173200128043003");
  FromGateway anchor;
  anchor.mutable_anchor()->set_boot_id("b");
  anchor.mutable_anchor()->set_monotonic_us(7);
  anchor.mutable_anchor()->set_wall_us(-1);
  EXPECT_EQ(hex(anchor), "22070a016210071801");
}

TEST(CollectorEncoding, a_repeated_topic_is_absent_and_an_empty_one_is_there) {
  Records records;
  records.set_boot_id("b");
  Record& first = *records.add_records();
  first.set_topic("t");
  first.set_client("c");
  first.set_payload("p");
  first.set_properties("q");
  first.set_wall_delta_us(-1);
  first.set_monotonic_delta_us(1);
  first.set_time_quality(TIME_SYNCHRONISED);
  first.set_qos(1);
  first.set_retain(true);
  records.add_records()->set_client("");
  EXPECT_EQ(hex(records),
            "0a0162"
            "12160a0174120163"
            "1a0170220171"
            "28013002"
            "380240014801"
            "12021200");
}

TEST(CollectorEncoding, welcome) {
  FromCollector message;
  Welcome& welcome = *message.mutable_welcome();
  welcome.set_protocol(1);
  welcome.set_credit_bytes(300);
  welcome.set_max_batch_bytes(200);
  Position& position = *welcome.add_positions();
  position.set_stream("s");
  position.set_lane(1);
  position.set_next(5);
  position.set_end(6);
  EXPECT_EQ(hex(message),
            "0a13"
            "0801"
            "12090a0173180120052806"
            "18ac02"
            "20c801");
}

TEST(CollectorEncoding, ack_credit_and_result) {
  FromCollector ack;
  ack.mutable_ack()->set_stream("s");
  ack.mutable_ack()->set_lane(1);
  ack.mutable_ack()->set_next(2);
  EXPECT_EQ(hex(ack), "12070a017318012002");
  FromCollector credit;
  credit.mutable_credit()->set_bytes(300);
  EXPECT_EQ(hex(credit), "1a0308ac02");
  FromCollector result;
  result.mutable_result()->set_stream("s");
  result.mutable_result()->set_from(1);
  result.mutable_result()->set_to(2);
  result.mutable_result()->set_delivery(DELIVERY_REJECTED);
  result.mutable_result()->set_reason("r");
  EXPECT_EQ(hex(result),
            "220c0a017320012802"
            "30043a0172");
}

TEST(CollectorEncoding, what_a_later_version_adds_is_ignored) {
  FromGateway message;
  // Field 15 of the oneof, unknown today: a length and two bytes.
  EXPECT_TRUE(message.ParseFromString(std::string("\x7a\x02xy", 4)));
  EXPECT_EQ(message.message_case(), FromGateway::MESSAGE_NOT_SET);
}

}  // namespace
}  // namespace tidegate::v1
