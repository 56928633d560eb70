#include "tests/unit/south/mqtt_client_bench.hpp"

namespace tidegate::south {
namespace {

using mqtt::testing::bytes;
using testing::HasSubstr;

TEST_F(MqttClientTest, WhatIsTooLargeIsRefusedInItsTurn) {
  greet();
  disk.hold_flushes();
  Buffer said = publish("sensors/1", "a", 7);
  append(said, publish("sensors/large", std::string(kMaxPacket, 'x'), 8));
  append(said, publish("sensors/1", "b", 9));
  broker.says(said);
  disk.wait_for_flush();
  turns.run_queued();
  EXPECT_EQ(broker.heard(), "") << "what came before it is not durable";
  disk.release();
  until_acknowledged(3);
  EXPECT_EQ(broker.heard(), "40 02 00 07 40 03 00 08 83 40 02 00 09");
  EXPECT_EQ(client->counters().too_large.value(), 1U);
  EXPECT_EQ(store->state(test::kSensors).next, Offset{2});
}

TEST_F(MqttClientTest, WhatIsTooLargeIsNotGathered) {
  greet();
  Buffer large = publish("sensors/large", std::string(std::size_t{1} << 20, 'x'), 8);
  append(large, publish("sensors/large", std::string(kMaxPacket, 'x'), 0));
  append(large, publish("sensors/1", "b", 9));
  const Bytes all(large);
  for (std::size_t at = 0; at < all.size(); at += 1000) {
    const Bytes piece = all.subspan(at, std::min<std::size_t>(1000, all.size() - at));
    broker.says(Buffer(piece.begin(), piece.end()));
    if (at + 1000 < std::size_t{1} << 20) {
      EXPECT_EQ(broker.heard(), "") << "its end has not come";
    }
  }
  until_acknowledged(2);
  EXPECT_EQ(broker.heard(), "40 03 00 08 83 40 02 00 09");
  EXPECT_EQ(client->counters().received.value(), 3U);
  EXPECT_EQ(client->counters().too_large.value(), 2U);
}

TEST_F(MqttClientTest, WhatIsTooLargeWaitsBehindWhatIsHeldBack) {
  greet();
  const std::uint16_t taken = fill_alarms();
  broker.hangs_up("it broke");  // the one that was held back comes again, with the large one behind it
  time_passes();
  greet(kResumed);
  Buffer said = publish("alarms/1", std::string(1000, 'x'), 500);
  append(said, publish("alarms/large", std::string(kMaxPacket, 'x'), 501));
  broker.says(said);
  turns.run_queued();
  EXPECT_EQ(broker.heard(), "");
  make_room();
  until_acknowledged(taken + 2U);
  EXPECT_EQ(broker.heard(), "40 02 01 F4 40 03 01 F5 83");
}

TEST_F(MqttClientTest, TheRestOfWhatIsTooLargeDoesNotComeOnAnotherConnection) {
  greet();
  const Buffer large = publish("sensors/large", std::string(kMaxPacket, 'x'), 8);
  broker.says(Buffer(large.begin(), large.end() - 1));
  broker.hangs_up("it broke");
  time_passes();
  greet(kResumed);
  broker.says(publish("sensors/1", "b", 9));
  until_acknowledged(1);
  EXPECT_EQ(broker.heard(), "40 02 00 09");
}

TEST_F(MqttClientTest, AnotherPacketThatIsTooLargeEndsTheConnection) {
  greet();
  broker.says(bytes("90 FF FF 7F"));
  EXPECT_THAT(client->state(), HasSubstr("a packet larger than any message"));
}

}  // namespace
}  // namespace tidegate::south
