#include "gateway/south/users/users.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/support/memory_disk.hpp"

namespace tidegate::south {
namespace {

// Made with mosquitto 2.0.11:
//   mosquitto_passwd -b FILE tide 'high water'
//   mosquitto_passwd -b FILE gate 'ebb:$7$'
//   mosquitto_passwd -b -H sha512 FILE old neap
constexpr std::string_view kFile =
    "tide:$7$101$/MKqKTYN5wtyCzoU$0ktvmQ45CtWo9huTLRSF2PINCSJpH8qBpJa0V9+5iZ5eVRIwgGPyJ/7U2mq3kGZribrMprsN/"
    "fOVGvGD3QFAQA==\n"
    "gate:$7$101$k8iVfXSpn6aX84Df$+9TCded7dqr/1Onx1yuQPUaLmypDamBEpUAZV+DsVbDHmLMD4coAPTGkDbspvmtxv/"
    "JWDcTIMzml4NjEHjuerg==\n"
    "old:$6$gRYpT0JuZz/"
    "BnjWJ$70+o3pE8ageKw5AbS2hCSqmrqmj7V56Z0TvoS0hamBeIE0jDGPq3tbA3ti1LEciE+XX4+CwWqralhOPrfrhAGw==\n";

bool verify(const Users& users, std::string_view name, std::string_view password) {
  return users.verify(name, as_bytes(password));
}

TEST(Users, PasswordsThatMosquittoHashedAreRight) {
  const auto users = Users::parse(kFile, "users");
  ASSERT_TRUE(users.ok()) << users.error().message;
  EXPECT_EQ(users->size(), 3U);
  EXPECT_TRUE(verify(*users, "tide", "high water"));
  EXPECT_TRUE(verify(*users, "gate", "ebb:$7$"));
  EXPECT_TRUE(verify(*users, "old", "neap"));
}

TEST(Users, AnyOtherPasswordIsWrong) {
  const auto users = Users::parse(kFile, "users");
  ASSERT_TRUE(users.ok());
  for (const char* password : {"", "high", "high water ", "High water", "neap", "ebb:$7$"}) {
    EXPECT_FALSE(verify(*users, "tide", password)) << password;
  }
  EXPECT_FALSE(verify(*users, "old", "neap "));
}

TEST(Users, AnUnknownNameIsWrongWithAnyPasswordEvenTheStandIns) {
  const auto users = Users::parse(kFile, "users");
  ASSERT_TRUE(users.ok());
  for (const char* password : {"", "high water", "ebb:$7$", "neap"}) {
    EXPECT_FALSE(verify(*users, "nobody", password));
    EXPECT_FALSE(verify(*users, "", password));
    EXPECT_FALSE(verify(*users, "TIDE", password));
  }
}

TEST(Users, AnEmptyFileLetsNobodyIn) {
  const auto users = Users::parse("", "users");
  ASSERT_TRUE(users.ok());
  EXPECT_FALSE(verify(*users, "", ""));
  EXPECT_FALSE(verify(*users, "tide", "high water"));
}

TEST(Users, CommentsEmptyLinesAndWindowsLineEndsAreNoFaults) {
  const std::string line(kFile.substr(0, kFile.find('\n')));
  const auto users = Users::parse("# who may\r\n\n" + line + "\r\n\n", "users");
  ASSERT_TRUE(users.ok()) << users.error().message;
  EXPECT_TRUE(verify(*users, "tide", "high water"));
}

TEST(Users, EveryBadLineIsNamedAndNoHashRepeated) {
  const std::string good(kFile.substr(0, kFile.find('\n')));
  const auto users = Users::parse("plain:secret\n" + good + "\n" + good +
                                      "\nno colon\n:$6$a$b\n"
                                      "a:$7$0$AAAA$AAAA\nb:$7$101$AAAA$AAAA\nc:$7$101$!!!!$AAAA\nd:$5$AAAA$AAAA\n",
                                  "users");
  ASSERT_FALSE(users.ok());
  EXPECT_EQ(users.error().message,
            "users:1: has no $7$ or $6$ hash: set the password with mosquitto_passwd; plain ones are not read\n"
            "users:3: \"tide\" is there already\n"
            "users:4: is not name:hash\n"
            "users:5: is not name:hash\n"
            "users:6: has a number of iterations that is not from 1 to 10000000\n"
            "users:7: has a hash that is not of SHA-512: the line is cut off\n"
            "users:8: has a salt or a hash that is not base64\n"
            "users:9: has no $7$ or $6$ hash: set the password with mosquitto_passwd; plain ones are not read");
  EXPECT_THAT(users.error().message, testing::Not(testing::HasSubstr("secret")));
}

// One line must not occupy a processor for minutes at each attempt.
TEST(Users, IterationsWithoutMeasureAreRefused) {
  EXPECT_FALSE(Users::parse("a:$7$4294967295$AAAA$" + std::string(86, 'A') + "==", "users").ok());
  EXPECT_FALSE(Users::parse("a:$7$99999999999999$AAAA$" + std::string(86, 'A') + "==", "users").ok());
}

TEST(Users, NoTextCrashesTheReader) {
  for (const char* hash : {"$", "$$$$", "$7$$$", "$7$1$$", "$6$$", "$6$====$====", "$7$1$ AAA $AAAA", "$7$1$AAAA"}) {
    EXPECT_FALSE(Users::parse("a:" + std::string(hash), "users").ok()) << hash;
  }
}

TEST(Users, AMissingFileIsAnErrorThatSaysWhatMakesIt) {
  test::MemoryDisk disk;
  const auto users = Users::load("/etc/tidegate/users", disk);
  ASSERT_FALSE(users.ok());
  EXPECT_EQ(users.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(users.error().message.find("mosquitto_passwd"), std::string::npos);
}

}  // namespace
}  // namespace tidegate::south
