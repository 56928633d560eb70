#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/mosquitto_importer.hpp"

namespace tidegate::cli {
namespace {

using MosquittoListeners = MosquittoImporter;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Since mosquitto 2.0 a listener lets nobody in unless something says so: the import must not open it.
TEST_F(MosquittoListeners, WhatWasClosedStaysOnLoopback) {
  EXPECT_EQ(import("listener 1883\n").mqtt.listen, "127.0.0.1:1883");
  EXPECT_THAT(lost, ElementsAre(1)) << said;
  EXPECT_EQ(import("listener 1883\nallow_anonymous true\n").mqtt.listen, "[::]:1883");
  EXPECT_THAT(lost, IsEmpty()) << said;
  EXPECT_EQ(import("listener 1883\nauth_plugin /x.so\nauth_opt_backends sql\n").mqtt.listen, "127.0.0.1:1883");
  EXPECT_THAT(lost, ElementsAre(1, 2)) << said;
}

// Who may connect is not all: without the rules each of them could publish and subscribe to everything.
TEST_F(MosquittoListeners, RulesThatAreLostCloseTheListener) {
  put("/u", kUsers);
  put("/acl", "topic read public/#\n");
  const std::string open = "listener 1883\nallow_anonymous true\n";
  for (const char* rule : {"acl_file /acl\n", "plugin /x.so\n", "clientid_prefixes s-\n"}) {
    EXPECT_EQ(import(open + rule).mqtt.listen, "127.0.0.1:1883") << rule;
    EXPECT_THAT(toml, HasSubstr("#listen = \"[::]:1883\""));
    EXPECT_THAT(said, HasSubstr("so that this listens on loopback"));
  }
  EXPECT_EQ(import("listener 1883\npassword_file /u\nacl_file /acl\n").mqtt.listen, "127.0.0.1:1883");
  EXPECT_EQ(import("listener 1883 ::1\npassword_file /u\nacl_file /acl\n").mqtt.listen, "[::1]:1883");
}

TEST_F(MosquittoListeners, UsersThatCannotBeReadCloseTheListener) {
  const config::Config missing = import("listener 1883\npassword_file /nowhere\n");
  EXPECT_EQ(missing.mqtt.listen, "127.0.0.1:1883");
  EXPECT_EQ(missing.mqtt.users, "");
  EXPECT_THAT(toml, HasSubstr("#users = \"/nowhere\""));
  put("/plain", "ada:secret\n");
  EXPECT_EQ(import("listener 1883\npassword_file /plain\n").mqtt.listen, "127.0.0.1:1883");
  EXPECT_THAT(said, Not(HasSubstr("secret")));
  EXPECT_EQ(import("listener 1883\npassword_file relative\n").mqtt.listen, "127.0.0.1:1883");
}

TEST_F(MosquittoListeners, SettingsPerListenerAreThoseOfTheListenerThatIsTaken) {
  put("/u", kUsers);
  const config::Config config = import(
      "per_listener_settings true\nlistener 1883 127.0.0.1\nallow_anonymous true\n"
      "listener 1885\npassword_file /u\n");
  EXPECT_EQ(config.mqtt.listen, "127.0.0.1:1883");
  EXPECT_EQ(config.mqtt.users, "");
  EXPECT_THAT(lost, ElementsAre(4)) << said;
}

// As mosquitto 2.0 does: only some options open the default listener to the network, with or without another one.
TEST_F(MosquittoListeners, TheDefaultListenerIsOpenOnlyIfALineOpensIt) {
  for (const char* text :
       {"allow_anonymous true\n", "protocol mqtt\nallow_anonymous true\n",
        "per_listener_settings true\nallow_anonymous true\n", "max_connections -1\nallow_anonymous true\n"}) {
    EXPECT_EQ(import(text).mqtt.listen, "127.0.0.1:1883") << text;
  }
  for (const char* text : {"port 1883\nallow_anonymous true\n", "max_connections 5\nallow_anonymous true\n",
                           "max_connections 5\nlistener 1884\nallow_anonymous true\n"}) {
    EXPECT_EQ(import(text).mqtt.listen, "[::]:1883") << text;
  }
  EXPECT_THAT(lost, ElementsAre(2)) << said;
  EXPECT_EQ(import("socket_domain ipv4\nallow_anonymous true\n").mqtt.listen, "0.0.0.0:1883");
}

TEST_F(MosquittoListeners, AListenerThatCannotBeIsOneForThisMachineWithTheSameUsers) {
  put("/u", kUsers);
  const config::Config config = import("allow_anonymous false\npassword_file /u\nlistener 8883\ncertfile /c\n");
  EXPECT_EQ(config.mqtt.listen, "127.0.0.1:1883");
  EXPECT_EQ(config.mqtt.users, "/u");
  EXPECT_THAT(lost, ElementsAre(3)) << said;
  import("listener 8883\ncertfile /c\n");
  EXPECT_THAT(lost, ElementsAre(1)) << said;
}

// mosquitto's reader begins each file with the default listener.
TEST_F(MosquittoListeners, AnIncludedFileDoesNotGoOnWithTheListenerOfTheMainFile) {
  put("/d/a.conf", "listener 1885\nallow_anonymous true\n");
  import("listener 1883\ninclude_dir /d\nmax_connections 5\n");
  EXPECT_THAT(toml, HasSubstr("max_connections = 5"));
  EXPECT_THAT(lost, ElementsAre(1)) << said;  // the second listener, line 1 of its file
}

// mosquitto refuses IPv4 there, and the gateway's "[::]" takes it: the import must not open it.
TEST_F(MosquittoListeners, WhatTakesIpv6AloneStaysOnLoopback) {
  for (const char* text : {"listener 1883\nsocket_domain ipv6\n", "port 1883\nsocket_domain ipv6\n",
                           "listener 1883 ::\n", "listener 1883 0::0\n", "port 1883\nbind_address ::\n"}) {
    EXPECT_EQ(import(std::string(text) + "allow_anonymous true\n").mqtt.listen, "[::1]:1883") << text;
    EXPECT_THAT(lost, ElementsAre(std::string_view(text).starts_with("listener 1883 ") ? 1 : 2)) << text << said;
    EXPECT_THAT(said, HasSubstr("mosquitto takes IPv6 alone here, and [::] takes IPv4 too")) << text;
    EXPECT_THAT(toml, HasSubstr("\n#listen = \"[")) << text;
  }
  EXPECT_EQ(import("listener 1883 fd00::5\nsocket_domain ipv6\nallow_anonymous true\n").mqtt.listen, "[fd00::5]:1883");
  EXPECT_THAT(lost, IsEmpty()) << said;
  EXPECT_EQ(import("listener 1883 localhost\nsocket_domain ipv6\nallow_anonymous true\n").mqtt.listen, "[::1]:1883");
  EXPECT_THAT(lost, IsEmpty()) << said;
  import("listener 1883\nsocket_domain IPv6\nallow_anonymous true\n");
  EXPECT_THAT(said, HasSubstr("/m:2: socket_domain IPv6: needs ipv4 or ipv6"));
}

TEST_F(MosquittoListeners, AHostOrAnInterfaceThatIsNoAddressClosesTheListener) {
  EXPECT_EQ(import("listener 1883 broker.lan\nallow_anonymous true\n").mqtt.listen, "127.0.0.1:1883");
  EXPECT_THAT(lost, ElementsAre(1));
  EXPECT_EQ(import("listener 1883 localhost\nallow_anonymous true\n").mqtt.listen, "127.0.0.1:1883");
  EXPECT_THAT(lost, IsEmpty());
  EXPECT_EQ(import("listener 1883\nbind_interface eth0\nallow_anonymous true\n").mqtt.listen, "127.0.0.1:1883");
  EXPECT_THAT(lost, ElementsAre(2));
}

}  // namespace
}  // namespace tidegate::cli
