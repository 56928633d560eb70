#include "gateway/base/arguments.hpp"

#include <gtest/gtest.h>

#include <array>

namespace tidegate {
namespace {

constexpr std::array kKnown{Option{"--config", "FILE", "configuration"}, Option{"--help", "", "show this"}};

Result<Arguments> parse(const std::vector<std::string_view>& words) { return Arguments::parse(words, kKnown); }

TEST(Arguments, AValueFollowsOrIsJoined) {
  EXPECT_EQ(parse({"--config", "/a"})->get("--config", "/d"), "/a");
  EXPECT_EQ(parse({"--config=/a=b"})->get("--config", "/d"), "/a=b");
  EXPECT_EQ(parse({"--config="})->get("--config", "/d"), "");
  EXPECT_EQ(parse({})->get("--config", "/d"), "/d");
  EXPECT_TRUE(parse({"--help"})->has("--help"));
  EXPECT_FALSE(parse({"--config", "--help"})->has("--help"));
}

TEST(Arguments, WhatIsNotUnderstoodIsNamed) {
  EXPECT_EQ(parse({"--confg", "x"}).error().message, "\"--confg\" is not an option of this command");
  EXPECT_EQ(parse({"stray"}).error().message, "\"stray\" is not an option of this command");
  EXPECT_EQ(parse({"--config"}).error().message, "\"--config\" needs a value: FILE");
  EXPECT_EQ(parse({"--help=yes"}).error().message, "\"--help\" takes no value");
  EXPECT_EQ(parse({"--help", "--help"}).error().message, "\"--help\" is given twice");
}

TEST(Arguments, OneWordMayStandAloneWhereACommandHasAnOperand) {
  constexpr std::array kOptions{Option{"TOPIC", "", "a topic"}, Option{"--user", "NAME", "who"}};
  const auto parse = [&](const std::vector<std::string_view>& words) { return Arguments::parse(words, kOptions); };
  EXPECT_EQ(parse({"a=b/c", "--user", "u"})->get("TOPIC", ""), "a=b/c");
  EXPECT_EQ(parse({"--user", "u", "a"})->get("TOPIC", ""), "a");
  EXPECT_EQ(parse({"TOPIC"})->get("TOPIC", ""), "TOPIC");
  EXPECT_EQ(parse({"TOPIC=x"})->get("TOPIC", ""), "TOPIC=x");
  EXPECT_EQ(parse({"a", "b"}).error().message, "\"b\" is one word too many: there is a TOPIC already");
  EXPECT_EQ(parse({"--usr"}).error().message, "\"--usr\" is not an option of this command");
  EXPECT_EQ(describe_usage(kOptions), " TOPIC [OPTION]...");
  EXPECT_EQ(describe_usage(kKnown), " [OPTION]...");
}

}  // namespace
}  // namespace tidegate
