#include "tests/fleet/readings.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tidegate::fleet {
namespace {

constexpr const char* kTwoDevices =
    "dev,ts,humidity,temperature\n"
    "mote-1,1000,45.90,27.97\n"
    "mote-1,1005,45.9,-0.5\n"
    "mote-2,1000,1,2\n"
    "mote-2,1010,3,4\n";

TEST(Readings, KeepNumbersExactlyAsTheFileHasThem) {
  const auto series = parse_series(kTwoDevices);
  ASSERT_TRUE(series.ok());
  const Device device(series->at(0), "mote-1", 0);
  EXPECT_EQ(device.topic(), "sensors/mote-1");
  EXPECT_EQ(device.payload(0), R"({"ts":1000,"humidity":45.90,"temperature":27.97})");
  EXPECT_EQ(device.payload(1), R"({"ts":1005,"humidity":45.9,"temperature":-0.5})");
}

TEST(Readings, GoOnInTimeWhenTheSeriesWraps) {
  const auto series = parse_series(kTwoDevices);
  ASSERT_TRUE(series.ok());
  const Device device(series->at(0), "mote-1", 1);
  EXPECT_EQ(device.payload(1), R"({"ts":1010,"humidity":45.90,"temperature":27.97})");
  EXPECT_EQ(device.payload(2), R"({"ts":1015,"humidity":45.9,"temperature":-0.5})");
}

TEST(Readings, NeverMakeADeviceSayTheSameTwice) {
  const auto series = parse_series(kTwoDevices);
  ASSERT_TRUE(series.ok());
  for (const Device& device : make_devices(*series, 6)) {
    std::set<std::string> said;
    for (std::uint32_t i = 0; i < 100; ++i) EXPECT_TRUE(said.insert(device.payload(i)).second) << device.name();
  }
}

TEST(Readings, NameCopiesAndStartThemLaterInTheSeries) {
  const auto series = parse_series(kTwoDevices);
  ASSERT_TRUE(series.ok());
  const auto devices = make_devices(*series, 4);
  ASSERT_EQ(devices.size(), 4U);
  EXPECT_EQ(devices[0].name(), "mote-1");
  EXPECT_EQ(devices[1].name(), "mote-2");
  EXPECT_EQ(devices[2].name(), "mote-1.2");
  EXPECT_EQ(devices[2].payload(0), devices[0].payload(1));
}

TEST(Readings, RefuseAFileThatIsBroken) {
  EXPECT_FALSE(parse_series("").ok());
  EXPECT_FALSE(parse_series("device,ts,x\na,1,2\n").ok()) << "another header";
  EXPECT_FALSE(parse_series("dev,ts,x\na,1\na,2,3\n").ok()) << "a column is missing";
  EXPECT_FALSE(parse_series("dev,ts,x\na,one,2\na,2,3\n").ok()) << "ts is no number";
  EXPECT_FALSE(parse_series("dev,ts,x\na,2,2\na,2,3\n").ok()) << "ts stands still, so that payloads could repeat";
}

}  // namespace
}  // namespace tidegate::fleet
