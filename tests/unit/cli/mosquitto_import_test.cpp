#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/unit/cli/mosquitto_importer.hpp"

namespace tidegate::cli {
namespace {

using MosquittoImport = MosquittoImporter;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string data(const std::string& name) {
  std::ifstream file(std::string(MOSQUITTO_DATA) + "/" + name);
  EXPECT_TRUE(file) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_F(MosquittoImport, DebiansOwnWithALocalPartLosesOnlyWhatWasSavedForSubscribers) {
  put("/etc/mosquitto/conf.d/local.conf", data("debian-local.conf"));
  put("/etc/mosquitto/passwd", kUsers);
  const config::Config config = import(data("debian.conf"));
  EXPECT_EQ(config.mqtt.listen, "[::]:1883");
  EXPECT_EQ(config.mqtt.users, "/etc/mosquitto/passwd");
  EXPECT_EQ(config.store.path, "/var/lib/tidegate");
  EXPECT_THAT(lost, ElementsAre(4)) << said;
  EXPECT_THAT(said, HasSubstr("/m:4: persistence true: what a stream takes is on disk, but retained messages"));
  EXPECT_THAT(said, HasSubstr("/m:2: pid_file /run/mosquitto/mosquitto.pid: not needed: systemd"));
  EXPECT_THAT(toml, HasSubstr("#[stream.sensors]"));
}

TEST_F(MosquittoImport, ASmartHomeLosesWhatIsNotOfferedLineByLine) {
  put("/etc/mosquitto/passwd", kUsers);
  put("/etc/mosquitto/acl", data("home.acl"));
  const config::Config config = import(data("home.conf"));
  EXPECT_EQ(config.mqtt.listen, "127.0.0.1:1883");
  EXPECT_THAT(toml, HasSubstr("\n#listen = \"192.168.7.2:1883\""));
  EXPECT_EQ(config.mqtt.users, "/etc/mosquitto/passwd");
  EXPECT_EQ(config.mqtt.max_connections, 200U);
  EXPECT_EQ(config.mqtt.max_message_bytes, 20'000U + 1024U);
  EXPECT_EQ(config.store.path, "/data/tidegate");
  EXPECT_EQ(config.mqtt.max_queued, 5'000U);
  EXPECT_THAT(lost, ElementsAre(5, 6, 7, 16, 19, 3, 6, 7, 9)) << said;
  EXPECT_THAT(said,
              HasSubstr("/m:7: persistence_location /data/: became store.path, /data/tidegate, which the packaged "
                        "service may not write yet: make it, give it to the user tidegate,"));
  EXPECT_THAT(said, HasSubstr("`systemctl edit tidegated`: ReadWritePaths=/data/tidegate\n"));
  EXPECT_THAT(said, HasSubstr("/m:16: listener 1884: with protocol websockets: MQTT over TCP"));
  EXPECT_THAT(said, HasSubstr("/m:19: listener 8883: with certfile: TLS listeners are not offered yet"));
  EXPECT_THAT(said, HasSubstr("/etc/mosquitto/acl:7: topic deny zigbee2mqtt/bridge/request/#: is not carried over"));
  EXPECT_THAT(said, HasSubstr("/etc/mosquitto/acl:3: topic read home/#: is not carried over"));
}

TEST_F(MosquittoImport, BridgesBecomeStreamsAndAnUpstreamThatIsToBeCorrected) {
  const config::Config config = import(data("plant.conf"));
  EXPECT_EQ(config.mqtt.listen, "10.20.0.1:1883");
  EXPECT_EQ(config.mqtt.users, "");
  EXPECT_EQ(config.mqtt.receive_maximum, 40U);
  EXPECT_EQ(config.mqtt.max_message_bytes, 100'000U);
  ASSERT_EQ(config.upstreams.size(), 2U);
  EXPECT_EQ(config.upstreams[0].grpc, "mqtt.office.example:7070");
  EXPECT_EQ(config.upstreams[0].ca, "/etc/ssl/office-ca.pem");
  EXPECT_TRUE(config.upstreams[0].tls);
  EXPECT_EQ(config.upstreams[1].grpc, "ingest.cloud.example:7070");
  ASSERT_EQ(config.streams.size(), 2U);
  EXPECT_THAT(config.streams[0].topics, ElementsAre("machines/#", "plant3/alarms/#"));
  EXPECT_THAT(config.streams[0].to, ElementsAre("office"));
  EXPECT_EQ(config.streams[1].name, "cloud.analytics");
  EXPECT_THAT(config.streams[1].topics, ElementsAre("energy/+/kwh"));  // machines/# is the office's
  EXPECT_THAT(said, HasSubstr("without \"site/plant3/\": rename them"));
  ASSERT_EQ(config.brokers.size(), 1U);
  EXPECT_EQ(config.brokers[0].name, "office");
  EXPECT_EQ(config.brokers[0].mqtt, "mqtt.office.example:8883");
  EXPECT_THAT(config.brokers[0].topics, ElementsAre("orders/#", "site/plant3/alarms/#"));
  EXPECT_EQ(config.brokers[0].ca, "/etc/ssl/office-ca.pem");
  EXPECT_TRUE(config.brokers[0].tls);
  EXPECT_THAT(said, HasSubstr("/m:8: connection office: became broker.office and stream.office: what comes in goes"));
  EXPECT_THAT(said, HasSubstr("plant3/: each half is carried over: in by a broker, out by a stream"));
  EXPECT_THAT(said, Not(HasSubstr("comes down")));
}

TEST_F(MosquittoImport, ABridgeThatBringsTopicsInBecomesABroker) {
  const config::Config config = import(data("bridge.conf"));
  EXPECT_THAT(config.upstreams, IsEmpty());
  EXPECT_THAT(toml, HasSubstr("#[stream.sensors]"));
  ASSERT_EQ(config.brokers.size(), 2U);
  const config::Broker& home = config.brokers[0];
  EXPECT_EQ(home.name, "home");
  EXPECT_EQ(home.mqtt, "10.0.0.2:1883");
  EXPECT_THAT(home.topics, ElementsAre("zigbee2mqtt/#", "north/#"));
  EXPECT_EQ(home.qos, 1U);
  EXPECT_EQ(home.client_id, "gateway-cellar");
  EXPECT_EQ(home.user, "gw");
  EXPECT_EQ(home.password_file, "");
  EXPECT_FALSE(home.tls);
  const config::Broker& weather = config.brokers[1];
  EXPECT_EQ(weather.mqtt, "weather.example:8883");
  EXPECT_EQ(weather.qos, 0U);
  EXPECT_TRUE(weather.tls);
  EXPECT_EQ(weather.ca, "/etc/ssl/office-ca.pem");
  EXPECT_THAT(lost, ElementsAre(6, 7, 9, 12, 12, 17)) << said;
  EXPECT_THAT(said, HasSubstr("/m:6: address 10.0.0.2:1883: broker.home must speak MQTT 5.0"));
  EXPECT_THAT(said, HasSubstr("/m:11: topic zigbee2mqtt/bridge/state in 0: not needed: \"zigbee2mqtt/bridge/state\" "
                              "comes with \"zigbee2mqtt/#\""));
  EXPECT_THAT(said, HasSubstr("/m:12: topic # in 2 wing/ north/: it comes at QoS 1, so that a message may come twice"));
  EXPECT_THAT(said, HasSubstr("topics come as the broker names them, with \"north/\" and without \"wing/\""));
}

TEST_F(MosquittoImport, ThePasswordOfABridgeGoesByFile) {
  const config::Config config = import(data("bridge.conf"));
  EXPECT_THAT(said,
              HasSubstr("/m:9: remote_password: is not written here: put it into a file that the gateway alone can "
                        "read, and set broker.home.password_file"));
  EXPECT_THAT(toml, HasSubstr("\n#password_file = \"/etc/tidegate/home.password\""));
  EXPECT_THAT(said + toml, Not(HasSubstr("4gulls")));
}

// What mosquitto encrypts must not become a connection that shows its password.
TEST_F(MosquittoImport, ABridgeIsWithoutTlsOnlyWhereMosquittosIs) {
  const std::string bridge = "connection b\naddress h\ntopic a in\n";
  EXPECT_FALSE(import(bridge).brokers.at(0).tls);
  for (const char* line : {"bridge_cafile /ca", "bridge_cafile ca", "bridge_capath /certs", "bridge_psk 0123",
                           "bridge_tls_use_os_certs true"}) {
    EXPECT_TRUE(import(bridge + line + "\n").brokers.at(0).tls) << line;
  }
}

TEST_F(MosquittoImport, OfWhatComesInTwiceTheFirstIsAskedFor) {
  const config::Config config = import(
      "connection b\naddress h\ntopic a/b in 1\ntopic a/# IN\ntopic $share/g/a/# in\ntopic $share/g in\n"
      "topic c+ in\ntopic a/# both 0 x/ y/\n");
  ASSERT_EQ(config.brokers.size(), 1U);
  EXPECT_THAT(config.brokers[0].topics, ElementsAre("a/#", "y/a/#"));
  EXPECT_EQ(config.brokers[0].qos, 1U);
  ASSERT_EQ(config.streams.size(), 1U);
  EXPECT_THAT(config.streams[0].topics, ElementsAre("x/a/#"));
  EXPECT_THAT(said, HasSubstr("/m:6: topic $share/g in: \"$share/g\" is not a topic filter"));
  EXPECT_THAT(said, HasSubstr("/m:7: topic c+ in: \"c+\" is not a topic filter"));
}

TEST_F(MosquittoImport, OfWhatTwoBridgesBringFromOneBrokerTheFirstIsAskedFor) {
  const config::Config config = import(
      "connection a\naddress H\ntopic a/# in\ntopic $share/g/s in\nremote_clientid c\n"
      "connection b\naddress h:1883\ntopic a/b in\ntopic b in\ntopic $share/g/s in\nremote_clientid c\n"
      "connection c\naddress h\ntopic # in\n"
      "connection d\naddress h:1884\ntopic a/# in\nremote_clientid c\n");
  ASSERT_EQ(config.brokers.size(), 3U);
  EXPECT_THAT(config.brokers[0].topics, ElementsAre("a/#", "$share/g/s"));
  EXPECT_THAT(config.brokers[1].topics, ElementsAre("b", "$share/g/s"));
  EXPECT_EQ(config.brokers[1].client_id, "");
  EXPECT_EQ(config.brokers[2].name, "d");
  EXPECT_EQ(config.brokers[2].client_id, "c");
  EXPECT_THAT(said, HasSubstr("/m:6: connection b: \"a/b\" is left out: a bridge above takes \"a/#\" from the same "
                              "address, and what both match would come twice"));
  EXPECT_THAT(said, HasSubstr("/m:11: remote_clientid c: is that of a bridge above to the same address"));
  EXPECT_THAT(said, HasSubstr("/m:12: connection c: \"#\" is left out"));
}

// mosquitto 2.0.11: "Error: Invalid bridge topic direction 'space/#"'."
TEST_F(MosquittoImport, ATopicWithASpaceIsOneThatMosquittoDoesNotTakeEither) {
  const config::Config config = import("connection b\naddress h\ntopic \"with space/#\" out\ntopic a sideways\n");
  EXPECT_THAT(config.upstreams, IsEmpty());
  EXPECT_THAT(said,
              HasSubstr("/m:3: topic \"with space/#\" out: has the direction \"space/#\"\", which is not out, in or "
                        "both: mosquitto separates words by spaces, in quotes too, and does not start with"));
  EXPECT_THAT(lost, ElementsAre(1, 3, 4)) << said;
}

TEST_F(MosquittoImport, APasswordIsNeverRepeated) {
  import(data("plant.conf"));
  EXPECT_THAT(said, HasSubstr("/m:12: remote_password: a collector knows no credentials"));
  EXPECT_THAT(said + toml, Not(HasSubstr("7hTides")));
}

TEST_F(MosquittoImport, WhatFollowsANameThatIsNotKnownIsNotRepeated) {
  import(
      "connection b\naddress h\ntopic a in\nremote_pasword "
      "7hTides\nremote_password=7hTides\nRemote_Password\t7hTides\n");
  EXPECT_THAT(said, Not(HasSubstr("7hTides")));
  EXPECT_THAT(said, HasSubstr("/m:4: remote_pasword: is not known"));
  EXPECT_THAT(said, HasSubstr("/m:5: remote_password: is not known"));
  EXPECT_THAT(said, HasSubstr("/m:6: Remote_Password: is not known"));
}

// mosquitto 2.0.11: "Error: Unknown configuration variable "#".".
TEST_F(MosquittoImport, ALineThatBeginsWithNoNameIsNamedByWhatItBeginsWith) {
  import("listener 1883\n  # remote_password 7hTides\n\t#remote_password 7hTides\n\"7hTides\"\na\xff\n");
  EXPECT_THAT(said, HasSubstr("/m:2: #: begins a comment in the first column alone: mosquitto does not start with "));
  EXPECT_THAT(said, HasSubstr("/m:3: #: begins a comment in the first column alone"));
  EXPECT_THAT(said, HasSubstr("/m:4: is not known: see mosquitto.conf(5)"));
  EXPECT_THAT(said, HasSubstr("/m:5: is not text in UTF-8"));
  EXPECT_THAT(said, Not(HasSubstr("7hTides")));
  EXPECT_THAT(lost, ElementsAre(1, 2, 3, 4, 5)) << said;
}

TEST_F(MosquittoImport, AnEmptyFileServesThisMachineAlone) {
  EXPECT_EQ(import("").mqtt.listen, "127.0.0.1:1883");
  EXPECT_THAT(lost, IsEmpty());
}

TEST_F(MosquittoImport, PasswordsBesideAllowAnonymousAreKept) {
  put("/u", kUsers);
  const config::Config config = import("listener 1883\nallow_anonymous true\npassword_file /u\n");
  EXPECT_EQ(config.mqtt.users, "/u");
  EXPECT_THAT(lost, ElementsAre(2)) << said;
}

TEST_F(MosquittoImport, WithoutAListenerAnyoneOnThisMachineWasLetIn) {
  put("/u", kUsers);
  EXPECT_EQ(import("allow_anonymous false\npassword_file /u\n").mqtt.users, "/u");
  EXPECT_THAT(lost, ElementsAre(1)) << said;
  EXPECT_THAT(said, HasSubstr("a client without a user is not let in"));
}

TEST_F(MosquittoImport, LimitsThatWeDoNotHaveAreBroughtIntoOursOrNamed) {
  EXPECT_EQ(import("max_packet_size 5000000\n").mqtt.max_message_bytes, 768U << 10);
  EXPECT_THAT(lost, ElementsAre(1));
  EXPECT_EQ(import("message_size_limit 0\nmax_packet_size 2000\n").mqtt.max_message_bytes, 2'000U);
  EXPECT_THAT(lost, IsEmpty()) << said;
  import(
      "allow_anonymous true\nmessage_size_limit 0\nmax_connections -1\nmax_inflight_messages 0\nmax_connections "
      "many\n");
  EXPECT_THAT(lost, ElementsAre(2, 3, 4, 5)) << said;
}

TEST_F(MosquittoImport, WhatIsSaidOfSubscribersIsCarriedOverOrNamed) {
  EXPECT_EQ(import("max_queued_messages 300\n").mqtt.max_queued, 300U);
  EXPECT_THAT(lost, IsEmpty()) << said;
  import("persistence false\nretain_available true\nupgrade_outgoing_qos false\nmax_queued_messages 1\n");
  EXPECT_THAT(lost, IsEmpty()) << said;
  import("persistence true\nretain_available false\nupgrade_outgoing_qos true\nmax_queued_messages 0\n");
  EXPECT_THAT(lost, ElementsAre(1, 2, 3, 4)) << said;
}

TEST_F(MosquittoImport, NamesFiltersAndAddressesThatWeCannotHaveAreMendedOrNamed) {
  const config::Config config = import(
      "connection dead-letter\naddress [::1]:1884\ntopic a/# out\ntopic a/#/b out\n"
      "connection dead-letter\naddress h\ntopic b\n"
      "connection x\ntopic c\nconnection y\naddress :\ntopic d\nconnection z\naddress h\n");
  ASSERT_EQ(config.streams.size(), 2U) << toml;
  EXPECT_EQ(config.streams[0].name, "dead-letter-2");
  EXPECT_EQ(config.upstreams[0].grpc, "[::1]:7070");
  EXPECT_EQ(config.streams[1].name, "dead-letter-3");
  EXPECT_THAT(said, HasSubstr("\"a/#/b\" is not a topic filter"));
  EXPECT_THAT(said, HasSubstr("/m:8: connection x: has no address"));
  EXPECT_THAT(said, HasSubstr("/m:13: connection z: nothing comes in or goes out by it"));
}

// An upstream whose address has a fault would be a configuration that `tidegate check` refuses.
TEST_F(MosquittoImport, ABridgesHostIsThatOfACollector) {
  const auto upstream_of = [&](const std::string& address) {
    const config::Config config = import("connection b\ntopic a\naddress " + address + "\n");
    return config.upstreams.empty() ? "none" : config.upstreams[0].grpc;
  };
  for (const char* address : {"h.example", "h.example:8883"}) EXPECT_EQ(upstream_of(address), "h.example:7070");
  for (const char* address : {"fd00::5:1883", "[fd00::5]:1883", "[fd00::5]"})
    EXPECT_EQ(upstream_of(address), "[fd00::5]:7070") << address;
  for (const char* address : {"mqtt://h", "h/", "h:", "h:0", "h:65536", "h:mqtt", "::", ":1883", "a:b:1", "[fd00::5"}) {
    EXPECT_EQ(upstream_of(address), "none") << address;
    EXPECT_THAT(said, HasSubstr("/m:3: address " + std::string(address) + ": is not host or host:port")) << address;
  }
}

// Whoever may write into conf.d may not write into what is made of it.
TEST_F(MosquittoImport, TheNameOfAFileSteersNeitherTheConfigurationNorTheTerminal) {
  put("/d/a\n[store]\npath = 1\n\x1b[2J.conf", "listener 1885\nallow_anonymous true\nlistener 1886\n");
  EXPECT_EQ(import("include_dir /d\n").mqtt.listen, "[::]:1885");
  EXPECT_THAT(toml, HasSubstr("# /d/a?[store]?path = 1??[2J.conf:1\n"));
  EXPECT_THAT(said, HasSubstr("/d/a?[store]?path = 1??[2J.conf:3: listener 1886: one listener is offered"));
  put("/e/\xff.conf", "listener 1885\nallow_anonymous true\n");
  EXPECT_EQ(import("include_dir /e\n").mqtt.listen, "[::]:1885");
}

TEST_F(MosquittoImport, WhatNobodyKnowsIsNamed) {
  import("listner 1883\ntopic a out\nallow_anonymous maybe\nlistener 99999\n");
  EXPECT_THAT(lost, ElementsAre(1, 2, 3, 4)) << said;
  EXPECT_THAT(said, HasSubstr("/m:1: listner: is not known"));
}

}  // namespace
}  // namespace tidegate::cli
