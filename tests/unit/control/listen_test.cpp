#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "gateway/base/address.hpp"
#include "gateway/base/listen.hpp"
#include "gateway/base/port_holder.hpp"

namespace tidegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Lines of a real /proc/net/tcp: a listener on 1883 (0x075B), a connection from its port, a listener elsewhere.
constexpr std::string_view kTable =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:075B 00000000:0000 0A 00000000:00000000 00:00000000 00000000   105        0 31415 1 0000 100 0\n"
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
  EXPECT_THAT(listeners_on(kTable, 1883), ElementsAre(Listener{31415, 105}));
  EXPECT_THAT(listeners_on(kTable, 22), ElementsAre(Listener{16180, 0}));
  EXPECT_THAT(listeners_on(kTable6, 1883), ElementsAre(Listener{14142, 1000}));
}

TEST(PortHolder, NobodyAndNonsenseAreEmpty) {
  EXPECT_THAT(listeners_on(kTable, 1884), IsEmpty());
  EXPECT_THAT(listeners_on("", 1883), IsEmpty());
  EXPECT_THAT(listeners_on("0: x y 0A\n\n:::\n", 0), IsEmpty());
}

TEST(PortHolder, OfAProcessThatCannotBeSeenTheUserIsNamed) {
  EXPECT_EQ(unseen_holder(105, "mosquitto"), "a process of user mosquitto (uid 105)");
  EXPECT_EQ(unseen_holder(105, ""), "a process of uid 105");
  EXPECT_EQ(unseen_holder(65534, "nobody"), "a process of another user");
}

TEST(Listen, EachReasonSaysWhatToDo) {
  const auto words = [](const HostPort& listen, int error) {
    return cannot_listen(listen, "mqtt.listen", error).message;
  };
  EXPECT_EQ(words({"10.9.8.7", 7070}, EADDRNOTAVAIL),
            "cannot listen on 10.9.8.7:7070: no interface of this machine has the address now; set mqtt.listen to one "
            "that `ip address` shows, or to 0.0.0.0");
  EXPECT_EQ(words({"0.0.0.0", 80}, EACCES),
            "cannot listen on 0.0.0.0:80: a port below 1024 needs CAP_NET_BIND_SERVICE, which this process does not "
            "have; set mqtt.listen to a higher port");
  EXPECT_THAT(words({"0.0.0.0", 8080}, EACCES), HasSubstr("Permission denied"));
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

TEST(Address, ListenersAreInEachOthersWayOnOnePortOfOneAddress) {
  const auto same = [](const char* a, const char* b) {
    return is_same_listener(*parse_host_port(a), *parse_host_port(b));
  };
  EXPECT_TRUE(same("127.0.0.1:80", "127.0.0.1:80"));
  EXPECT_TRUE(same("127.0.0.1:80", "0.0.0.0:80"));
  EXPECT_TRUE(same("127.0.0.1:80", "[::]:80"));
  EXPECT_TRUE(same("[0:0::1]:80", "[::1]:80"));
  EXPECT_TRUE(same("[::]:80", "[::1]:80"));
  EXPECT_FALSE(same("127.0.0.1:80", "127.0.0.1:81"));
  EXPECT_FALSE(same("127.0.0.1:80", "127.0.0.2:80"));
  EXPECT_FALSE(same("0.0.0.0:80", "[::1]:80"));
  EXPECT_FALSE(same("0.0.0.0:0", "0.0.0.0:0"));
}

TEST(Address, OnlyNumbersAreIpAddresses) {
  EXPECT_TRUE(is_ip_address("0.0.0.0"));
  EXPECT_TRUE(is_ip_address("::"));
  EXPECT_FALSE(is_ip_address("localhost"));
  EXPECT_FALSE(is_ip_address("1.2.3"));
}

}  // namespace
}  // namespace tidegate
