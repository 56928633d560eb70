#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/base/address.hpp"
#include "gateway/base/port_holder.hpp"

namespace tidegate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Lines of a real /proc/net/tcp: a listener on 1883 (0x075B), a connection from its port, a listener elsewhere.
constexpr std::string_view kTable =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:075B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31415 1 0000 100 0\n"
    "   1: 0100007F:075B 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 27182 1 0000 20 4 30 "
    "10 -1\n"
    "   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 16180 1 0000 100 0\n";
constexpr std::string_view kTable6 =
    "  sl  local_address                         remote_address                        st ...\n"
    "   0: 00000000000000000000000000000000:075B 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 "
    "00000000  1000        0 14142 1 0000 100 0\n";

TEST(Address, LoopbackIsWhatOnlyThisMachineReaches) {
  for (const char* host : {"127.0.0.1", "127.8.9.1", "::1"}) EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"0.0.0.0", "::", "128.0.0.1", "192.168.127.1", "fe80::1", "localhost", ""})
    EXPECT_FALSE(is_loopback(host)) << host;
}

TEST(PortHolder, FindsTheListenerNotTheConnectionsOfItsPort) {
  EXPECT_THAT(listening_inodes(kTable, 1883), ElementsAre(31415));
  EXPECT_THAT(listening_inodes(kTable, 22), ElementsAre(16180));
  EXPECT_THAT(listening_inodes(kTable6, 1883), ElementsAre(14142));
}

TEST(PortHolder, NobodyAndNonsenseAreEmpty) {
  EXPECT_THAT(listening_inodes(kTable, 1884), IsEmpty());
  EXPECT_THAT(listening_inodes("", 1883), IsEmpty());
  EXPECT_THAT(listening_inodes("0: x y 0A\n\n:::\n", 0), IsEmpty());
}

TEST(Address, HostAndPort) {
  EXPECT_EQ(parse_host_port("127.0.0.1:1883")->host, "127.0.0.1");
  EXPECT_EQ(parse_host_port("127.0.0.1:1883")->port, 1883);
  EXPECT_EQ(parse_host_port("[::1]:0")->host, "::1");
  EXPECT_EQ(parse_host_port("collector.example.com:7070")->host, "collector.example.com");
  EXPECT_EQ(to_string(*parse_host_port("[::1]:80")), "[::1]:80");
  EXPECT_EQ(to_string(*parse_host_port("h:80")), "h:80");
}

TEST(Address, WhatIsNoAddressIsRefused) {
  for (const char* text : {"", ":", ":1883", "h", "h:", "h:65536", "h:-1", "h:1x", "h: 1", "::1:80", "[::1]", "[::1:80",
                           "http://h:80", "h h:80"}) {
    EXPECT_FALSE(parse_host_port(text).ok()) << text;
  }
}

TEST(Address, OnlyNumbersAreIpAddresses) {
  EXPECT_TRUE(is_ip_address("0.0.0.0"));
  EXPECT_TRUE(is_ip_address("::"));
  EXPECT_FALSE(is_ip_address("localhost"));
  EXPECT_FALSE(is_ip_address("1.2.3"));
}

}  // namespace
}  // namespace tidegate
