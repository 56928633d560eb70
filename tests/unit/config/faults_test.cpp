#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/config/load.hpp"

namespace tidegate::config {
namespace {

struct Case {
  const char* name;
  const char* text;
  const char* fault;  ///< Exactly this, and only this.
};

constexpr const char* kUpstream = "[upstream.u]\ngrpc = \"h:1\"\n";

class OneFault : public testing::TestWithParam<Case> {};

TEST_P(OneFault, IsNamedWithItsPlaceAndWhatToDo) {
  const Loaded loaded = parse(std::string(kUpstream) + GetParam().text, "t");
  ASSERT_EQ(loaded.faults.size(), 1U) << (loaded.faults.empty() ? "" : to_string(loaded.faults.back()));
  EXPECT_EQ(to_string(loaded.faults[0]), GetParam().fault);
}

constexpr Case kCases[] = {
    {"Syntax", "[mqtt\n", "t:3:6: not TOML: Error while parsing table header: expected ']', saw '\\n'"},
    {"TwiceTheSameKey", "[mqtt]\nusers = \"/a\"\nusers = \"/b\"\n",
     "t:5:9: not TOML: Error while parsing key-value pair: cannot redefine existing string 'users'"},
    {"UnknownTable", "[mqqt]\nlisten = \"127.0.0.1:1\"\n", "t:3:1: unknown table [mqqt]; the nearest known is [mqtt]"},
    {"UnknownKey", "[mqtt]\nlsiten = \"127.0.0.1:1\"\n",
     "t:4:1: unknown key mqtt.lsiten; the nearest known is \"listen\""},
    {"KeyOfThisTableWithASlipIsNamedBeforeOneOfAnother", "[mqtt]\nuser = \"/etc/tidegate/users\"\n",
     "t:4:1: unknown key mqtt.user; the nearest known is \"users\""},
    {"KeyOfAnotherTable", "[mqtt]\nquota = \"1 MB\"\n", "t:4:1: unknown key mqtt.quota; it belongs to [stream]"},
    {"TableThatNeedsAName", "[stream]\ntopics = [\"a\"]\n",
     "t:4:1: \"topics\" stands in [stream], which needs a name: write [stream.NAME]"},
    {"TableWithoutAName", "[mqtt.tls]\nca = \"x\"\n", "t:3:7: unknown table [mqtt.tls]; the nearest known is [mqtt]"},
    {"WrongType", "[mqtt]\nmax_connections = \"many\"\n",
     "t:4:19: mqtt.max_connections: must be a whole number such as 1000, not text"},
    {"OutOfBounds", "[mqtt]\nreceive_maximum = 65536\n", "t:4:19: mqtt.receive_maximum: must be from 1 to 65535"},
    {"BrokerWithoutAddress", "[broker.home]\ntopics = [\"a\"]\n",
     "t:3:9: broker.home does not say where it is: add mqtt = \"host:port\""},
    {"BrokerWithoutTopics", "[broker.home]\nmqtt = \"h:1883\"\n",
     "t:3:9: broker.home takes nothing in: add topics = [\"...\"]"},
    {"BrokerThatIsTheGatewayItself", "[broker.home]\nmqtt = \"localhost:1883\"\ntopics = [\"a\"]\n",
     "t:4:8: broker.home.mqtt is where this gateway listens itself (mqtt.listen = \"127.0.0.1:1883\"), so that it "
     "would "
     "send everything to itself for ever: set mqtt.listen = \"\" for no listener, or to another port"},
    {"BrokerAtQos2", "[broker.home]\nmqtt = \"h:1883\"\ntopics = [\"a\"]\nqos = 2\n",
     "t:6:7: broker.home.qos: must be from 0 to 1"},
    {"BrokerWithAFilterThatIsNone", "[broker.home]\nmqtt = \"h:1883\"\ntopics = [\"a\", \"b#\"]\n",
     "t:5:16: broker.home.topics: \"b#\" is not a topic filter: '+' stands for a whole level, '#' for all that follow, "
     "at "
     "the end"},
    {"BrokerWithAFilterWithinAnother", "[broker.home]\nmqtt = \"h:1883\"\ntopics = [\"br/dup/x\", \"a\", \"br/#\"]\n",
     "t:5:11: broker.home.topics: \"br/dup/x\" is within \"br/#\": the broker may send twice what both match; remove "
     "it"},
    {"BrokerWithAFilterSharedAndNot", "[broker.home]\nmqtt = \"h:1883\"\ntopics = [\"a\", \"$share/g/a\"]\n",
     "t:5:16: broker.home.topics: \"$share/g/a\" is within \"a\": the broker may send twice what both match; remove "
     "it"},
    {"BrokerWithAShareOfNothing", "[broker.home]\nmqtt = \"h:1883\"\ntopics = [\"a\", \"$share/g\"]\n",
     "t:5:16: broker.home.topics: \"$share/g\" is no shared subscription: write $share/NAME/ and a topic filter"},
    {"BrokerWithAnAuthorityAndNoTls", "[broker.home]\nmqtt = \"h:1883\"\ntopics = [\"a\"]\ntls = false\nca = \"/ca\"\n",
     "t:7:6: broker.home.ca means nothing with tls = false"},
    {"BrokerWithAPasswordAndNoUser", "[broker.home]\nmqtt = \"h:1883\"\ntopics = [\"a\"]\npassword_file = \"/p\"\n",
     "t:6:17: broker.home.password_file means nothing without user"},
    {"Negative", "[mqtt]\nmax_connections = -1\n", "t:4:19: mqtt.max_connections: must not be negative"},
    {"SizeOutOfBounds", "[mqtt]\nmax_message = \"1 MiB\"\n", "t:4:15: mqtt.max_message: must be from 1 KiB to 768 KiB"},
    {"ListenByName", "[mqtt]\nlisten = \"localhost:1883\"\n",
     "t:4:10: mqtt.listen: \"localhost:1883\" is not numeric: write an address of this machine, 127.0.0.1, 0.0.0.0 or "
     "[::]"},
    {"ListenWithoutPort", "[control]\nlisten = \"127.0.0.1\"\n",
     "t:4:10: control.listen: \"127.0.0.1\" has no port: write host:port, such as 127.0.0.1:1883"},
    {"BareIpv6", "[mqtt]\nlisten = \"::1:1883\"\n",
     "t:4:10: mqtt.listen: \"::1:1883\" is ambiguous: put the IPv6 address in brackets, such as [::1]:1883"},
    {"RemotePortZero", "[upstream.v]\ngrpc = \"h:0\"\n",
     "t:4:8: upstream.v.grpc: \"h:0\" has port 0: write the port the other side listens on"},
    {"RelativePath", "[store]\npath = \"var\"\n",
     "t:4:8: store.path: \"var\" must be an absolute path, beginning with /"},
    {"TwoListenersOnOneAddress", "[control]\nlisten = \"127.0.0.1:1883\"\n",
     "t:4:10: control.listen: mqtt.listen is 127.0.0.1:1883 and control.listen is 127.0.0.1:1883, which only one of "
     "them "
     "can have: give one another port"},
    {"ListenerOnEveryAddressAndThePortOfTheOther", "[mqtt]\nlisten = \"0.0.0.0:8420\"\n",
     "t:4:10: mqtt.listen: mqtt.listen is 0.0.0.0:8420 and control.listen is 127.0.0.1:8420, which only one of them "
     "can "
     "have: give one another port"},
    {"BurstWithoutRate", "[mqtt]\nclient_burst = 5\n",
     "t:4:16: mqtt.client_burst means nothing without mqtt.client_rate"},
    {"StoreOfTooFewSlots", "[store]\nsize = \"20 MiB\"\n",
     "t:4:8: store.size holds 5 slots of 4 MiB: at least 8, of which the store keeps 4 in reserve"},
    {"StoreOfTooManySlots", "[store]\nsize = \"32 GB\"\nslot = \"4 MiB\"\n",
     "t:5:8: store.slot makes 7629 slots of store.size: at most 1024, so write a larger slot or remove the line"},
    {"CrookedAlignment", "[store]\nframe_alignment = \"5 KiB\"\n",
     "t:4:19: store.frame_alignment must be a power of two, such as \"4 KiB\""},
    {"GrpcAndKafka", "[upstream.v]\ngrpc = \"h:1\"\nkafka = \"h:2\"\ntopic = \"t\"\n",
     "t:5:9: upstream.v has grpc and kafka: write a table for each"},
    {"BrokerWithoutPort", "[upstream.v]\nkafka = \"a:1,b\"\ntopic = \"t\"\n",
     "t:4:9: upstream.v.kafka: \"b\" has no port: write host:port, such as 127.0.0.1:1883"},
    {"KafkaWithoutTopic", "[upstream.v]\nkafka = \"a:1\"\n",
     "t:3:11: upstream.v has no topic: add topic = \"sensors\" or \"sensors.{1}\""},
    {"TopicWithoutKafka", "[upstream.v]\ngrpc = \"h:1\"\ntopic = \"t\"\n",
     "t:5:9: upstream.v.topic means nothing without kafka = \"host:port\""},
    {"TopicThatKafkaDoesNotAllow", "[upstream.v]\nkafka = \"a:1\"\ntopic = \"a/{1}\"\n",
     "t:5:9: upstream.v.topic: Kafka allows letters, digits, '.', '_' and '-' in a topic"},
    {"TopicOfLevelZero", "[upstream.v]\nkafka = \"a:1\"\ntopic = \"{0}\"\n",
     "t:5:9: upstream.v.topic: \"{0}\" must name levels of the MQTT topic as {1} to {99}"},
    {"TopicThatIsEmpty", "[upstream.v]\nkafka = \"a:1\"\ntopic = \"\"\n",
     "t:5:9: upstream.v.topic is empty: write a name, such as \"sensors\" or \"sensors.{1}\""},
    {"TopicOfDots", "[upstream.v]\nkafka = \"a:1\"\ntopic = \"..\"\n",
     "t:5:9: upstream.v.topic: \"..\" is no name to Kafka: write one, such as \"sensors\""},
    {"LevelZero", "[upstream.v]\nkafka = \"a:1\"\ntopic = \"t\"\nkey = \"{0}\"\n",
     "t:6:7: upstream.v.key: \"{0}\" must name levels of the MQTT topic as {1} to {99}"},
    {"SaslWithoutUser", "[upstream.v]\nkafka = \"a:1\"\ntopic = \"t\"\nsasl = \"SCRAM-SHA-256\"\n",
     "t:6:8: upstream.v.sasl needs user and password_file"},
    {"SaslMechanism",
     "[upstream.v]\nkafka = \"a:1\"\ntopic = \"t\"\nsasl = \"GSSAPI\"\nuser = \"u\"\n"
     "password_file = \"/p\"\n",
     "t:6:8: upstream.v.sasl: \"GSSAPI\" must be \"PLAIN\", \"SCRAM-SHA-256\" or \"SCRAM-SHA-512\""},
    {"PlainWithoutTls",
     "[upstream.v]\nkafka = \"a:1\"\ntopic = \"t\"\ntls = false\nsasl = \"PLAIN\"\nuser = \"u\"\n"
     "password_file = \"/p\"\n",
     "t:7:8: upstream.v.sasl: PLAIN without TLS tells the password to everyone on the way; use SCRAM"},
    {"CertWithoutKey", "[upstream.v]\nkafka = \"a:1\"\ntopic = \"t\"\ncert = \"/c\"\n",
     "t:3:11: upstream.v: cert and key_file belong together, write both or none"},
    {"ReservedStreamOfSessions", "[stream.state]\ntopics = [\"a\"]\nto = [\"u\"]\n",
     "t:3:9: stream.state: this name is the gateway's own; choose another"},
    {"ReservedStream", "[stream.dead-letter]\ntopics = [\"a\"]\nto = [\"u\"]\n",
     "t:3:9: stream.dead-letter: this name is the gateway's own; choose another"},
    {"UpstreamToNowhere", "[upstream.v]\n",
     "t:3:11: upstream.v does not say where to: add grpc or kafka = \"host:port\""},
    {"CaWithoutTls", "[upstream.v]\ngrpc = \"h:1\"\ntls = false\nca = \"/ca\"\n",
     "t:6:6: upstream.v.ca means nothing with tls = false"},
    {"Priority", "[stream.s]\ntopics = [\"a\"]\nto = [\"u\"]\npriority = 1\n",
     "t:6:12: stream.s.priority: priorities are not offered by this version; remove the line, every stream gets its "
     "turn"},
    {"StreamWithoutTopics", "[stream.s]\nto = [\"u\"]\n", "t:3:9: stream.s takes nothing: add topics = [\"...\"]"},
    {"StreamToNowhere", "[stream.s]\ntopics = [\"a\"]\n",
     "t:3:9: stream.s goes nowhere: add to = [\"NAME\"], the name of an upstream"},
    {"NoTopics", "[stream.s]\ntopics = []\nto = [\"u\"]\n", "t:4:10: stream.s.topics: must have 1 to 1000 elements"},
    {"RefusesWhatWouldFit", "[stream.s]\ntopics = [\"a\"]\nto = [\"u\"]\nquota = \"64 KiB\"\nwhen_full = \"refuse\"\n",
     "t:6:9: stream.s.quota: a stream that refuses must have room for the largest message: at least 512 KiB, twice "
     "mqtt.max_message"},
    {"BadFilter", "[stream.s]\ntopics = [\"a\", \"b/#/c\"]\nto = [\"u\"]\n",
     "t:4:16: stream.s.topics: \"b/#/c\" is not a topic filter: '+' stands for a whole level, '#' for all that follow, "
     "at "
     "the end"},
    {"StreamWithASharedSubscription", "[stream.s]\ntopics = [\"a\", \"$share/g/b/#\"]\nto = [\"u\"]\n",
     "t:4:16: stream.s.topics: \"$share/g/b/#\" takes nothing: topics come without $share/NAME/; only a broker's "
     "topics "
     "may begin with it"},
    {"FilterTwice", "[stream.s]\ntopics = [\"a\"]\nto = [\"u\"]\n[stream.t]\ntopics = [\"b\", \"a\"]\nto = [\"u\"]\n",
     "t:7:16: stream.t.topics: \"a\" is taken by a line above, so that nothing comes here"},
    {"UnknownUpstream", "[stream.s]\ntopics = [\"a\"]\nto = [\"v\"]\n",
     "t:5:7: stream.s.to: there is no upstream \"v\"; the nearest is \"u\""},
    {"Failover", "[upstream.v]\ngrpc = \"h:2\"\n[stream.s]\ntopics = [\"a\"]\nto = [\"u\", \"v\"]\n",
     "t:7:12: stream.s.to: failover to a second upstream is not offered by this version; name one"},
    {"WhenFull", "[stream.s]\ntopics = [\"a\"]\nto = [\"u\"]\nwhen_full = \"drop\"\n",
     "t:6:13: stream.s.when_full: \"drop\" must be \"drop-oldest\" or \"refuse\""},
    {"QuotasOverTheStore",
     "[store]\nsize = \"64 MiB\"\n[stream.s]\ntopics = [\"a\"]\nto = [\"u\"]\nquota = \"43 MiB\"\n"
     "[stream.t]\ntopics = [\"b\"]\nto = [\"u\"]\nquota = \"1 MiB\"\n",
     "t:12:9: stream.t.quota: the quotas up to here are 44 MiB, but store.size leaves 43 MiB for messages"},
    {"ControlCharacters", "[stream.s]\ntopics = [\"a\\u0000\\u001B[2J\\u009B/#/b\"]\nto = [\"u\"]\n",
     "t:4:11: stream.s.topics: \"a\\u0000\\u001b[2J\\u009b/#/b\" is not a topic filter: '+' stands for a whole level, "
     "'#' for all that follow, at the end"},
    {"PathWithAZeroByte", "[mqtt]\nusers = \"/etc\\u0000/users\"\n",
     "t:4:9: mqtt.users: \"/etc\\u0000/users\" has a zero byte, which no path may have"},
    {"BadName", "[stream.\"a b\"]\ntopics = [\"a\"]\nto = [\"u\"]\n",
     "t:3:9: [stream.a b]: a name must be 1 to 64 letters, digits, '-', '_' and '.'"},
};
INSTANTIATE_TEST_SUITE_P(Config, OneFault, testing::ValuesIn(kCases),
                         [](const auto& test_case) { return std::string(test_case.param.name); });

TEST(Faults, AStreamBeyondWhatTheStoreHasPlacesForIsNamedAtItsTable) {
  std::string text = kUpstream;
  for (int i = 1; i <= 30; ++i)
    text += "[stream.s" + std::to_string(i) + "]\ntopics = [\"t/" + std::to_string(i) + "\"]\nto = [\"u\"]\n";
  EXPECT_TRUE(parse(text, "t").faults.empty());
  text += "[stream.more]\ntopics = [\"more\"]\nto = [\"u\"]\n";
  const Loaded loaded = parse(text, "t");
  ASSERT_EQ(loaded.faults.size(), 1U);
  EXPECT_EQ(to_string(loaded.faults[0]),
            "t:93:9: stream.more is one too many of 31: at most 30, and one stream may have many topic filters");
}

TEST(Faults, AllAreFoundAtOnce) {
  const Loaded loaded = parse("[mqtt]\nlisten = 1\nusres = \"/u\"\n[store]\npath = \"x\"\n[upstream.u]\n", "t");
  EXPECT_EQ(loaded.faults.size(), 4U);
}

TEST(Faults, ATopicOfKafkaThatIsTooLongWhateverItsLevelsIsNamed) {
  const auto with = [](const std::string& topic) {
    return parse("[upstream.v]\nkafka = \"a:1\"\ntopic = \"" + topic + "\"\n", "t");
  };
  EXPECT_TRUE(with(std::string(249, 'a')).faults.empty());
  EXPECT_TRUE(with(std::string(247, 'a') + "{1}{12}").faults.empty());
  EXPECT_TRUE(with("..{1}").faults.empty());  // only a message says which level
  EXPECT_TRUE(with("...").faults.empty());    // a name to Kafka, unlike "." and ".."
  for (const std::string& topic : {std::string(250, 'a'), std::string(249, 'a') + "{1}"}) {
    const Loaded loaded = with(topic);
    ASSERT_EQ(loaded.faults.size(), 1U) << topic;
    EXPECT_EQ(to_string(loaded.faults[0]),
              "t:3:9: upstream.v.topic makes names of 250 characters or more: Kafka takes 249");
  }
}

// What two filters of one broker both match comes twice; of two brokers, each sends its own.
TEST(Faults, FiltersOfABrokerMayOverlapInPart) {
  const auto at = [](const std::string& address) {
    return "mqtt = \"" + address + "\"\ntopics = [\"a/+/c\", \"a/b/+\", \"$share/g/x/#\"]\nclient_id = \"c\"\n";
  };
  EXPECT_TRUE(parse("[broker.home]\n" + at("h:1883") + "[broker.away]\n" + at("h:1884"), "t").faults.empty());
}

std::string faults_of_two_tables(const std::string& home, const std::string& away) {
  std::string faults;
  for (const Fault& fault : parse("[broker.home]\n" + home + "[broker.away]\n" + away, "t").faults)
    faults += to_string(fault) + "\n";
  return faults;
}

// A broker knows its clients by their identifiers alone: what it sends to two of them comes twice.
TEST(Faults, TwoTablesOfOneBrokerDoNotSubscribeToTheSame) {
  const auto with = [](const std::string& home, const std::string& away) {
    return faults_of_two_tables("mqtt = \"localhost:1884\"\ntopics = [" + home + "]\n",
                                "mqtt = \"127.0.0.1:1884\"\ntopics = [" + away + "]\n");
  };
  const std::string advice =
      ", at the same address: the broker sends to each what both match; remove it, or write one $share/NAME/ filter in "
      "both tables, which then split it\n";
  EXPECT_EQ(with("\"a\"", "\"b\", \"a\""), "t:6:16: broker.away.topics: \"a\" is within \"a\" of broker.home" + advice);
  EXPECT_EQ(with("\"b\", \"a/b\"", "\"a/#\""),
            "t:3:16: broker.home.topics: \"a/b\" is within \"a/#\" of broker.away" + advice);
  EXPECT_EQ(with("\"a/#\"", "\"$share/g/a/#\""),
            "t:6:11: broker.away.topics: \"$share/g/a/#\" is within \"a/#\" of broker.home" + advice);
  EXPECT_EQ(with("\"$share/f/a\"", "\"$share/g/a\""),
            "t:6:11: broker.away.topics: \"$share/g/a\" is within \"$share/f/a\" of broker.home" + advice);
  EXPECT_EQ(with("\"$share/g/a\", \"b/+\"", "\"$share/g/a\", \"+/b\""), "");
}

// Each would throw the other out for ever.
TEST(Faults, TwoTablesOfOneBrokerHaveClientIdentifiersOfTheirOwn) {
  const auto table = [](const std::string& filter, const std::string& client_id) {
    return "mqtt = \"H:1884\"\ntopics = [\"" + filter + "\"]\n" +
           (client_id.empty() ? "" : "client_id = \"" + client_id + "\"\n");
  };
  const auto fault = [](const std::string& place, const std::string& id, const std::string& other) {
    return place + ": \"" + id + "\" is that of broker." + other +
           " too, at the same address, so that each would throw the other out for ever: give each one of its own, or "
           "write one table\n";
  };
  const std::string id = "[gateway]\nid = \"gw\"\n";
  EXPECT_EQ(faults_of_two_tables(table("a", ""), table("b", "")), "");
  EXPECT_EQ(faults_of_two_tables(table("a", "c"), table("b", "d")), "");
  EXPECT_EQ(faults_of_two_tables(table("a", "c"), table("b", "c")),
            fault("t:8:13: broker.away.client_id", "c", "home"));
  EXPECT_EQ(faults_of_two_tables(table("a", ""), table("b", "tidegate-gw-home") + id),
            fault("t:7:13: broker.away.client_id", "tidegate-gw-home", "home"));
  EXPECT_EQ(faults_of_two_tables(table("a", "tidegate-gw-away"), table("b", "") + id),
            fault("t:4:13: broker.home.client_id", "tidegate-gw-away", "away"));
}

// Two faults of one line would send the owner looking for a second one.
TEST(Faults, AValueThatIsRefusedIsNotAlsoMissing) {
  EXPECT_EQ(parse("[upstream.u]\ngrpc = \"nowhere\"\n", "t").faults.size(), 1U);
  EXPECT_EQ(parse(std::string(kUpstream) + "[stream.s]\ntopics = \"a\"\nto = \"u\"\n", "t").faults.size(), 2U);
}

TEST(Faults, NoTextCrashesTheReader) {
  for (const char* text : {"\xff\xfe", "[[stream]]\n", "stream = 1", "[stream.a.b]\nx = 1\n", "a.b.c.d = 1",
                           "[mqtt]\nlisten = 1979-05-27\n", "[stream.s]\ntopics = [1, \"a\"]\n", "mqtt = []",
                           "[\"\"]\n", "[stream.\"\"]\n", "[mqtt]\n\"\" = 1\n", "[mqtt]\nlisten = [[]]\n"}) {
    EXPECT_FALSE(parse(text, "t").faults.empty()) << text;
  }
}

}  // namespace
}  // namespace tidegate::config
