#include "proto/mqtt/topic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::mqtt {
namespace {

struct Match {
  std::string_view filter;
  std::string_view topic;
  bool expected;
};

void expect_matches(std::initializer_list<Match> table) {
  for (const Match& row : table) {
    EXPECT_TRUE(valid_filter(row.filter)) << row.filter;
    EXPECT_EQ(matches(row.filter, row.topic), row.expected) << row.filter << " on " << row.topic;
  }
}

TEST(MqttTopic, MultiLevelWildcardMatchesParentAndAnyDepth) {
  expect_matches({{"sport/tennis/player1/#", "sport/tennis/player1", true},
                  {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
                  {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
                  {"sport/tennis/player1/#", "sport/tennis/player2", false},
                  {"sport/#", "sport", true},
                  {"sport/#", "sports", false},
                  {"sport/#", "spor", false},
                  {"#", "sport", true},
                  {"#", "/", true},
                  {"/#", "/", true},
                  {"/#", "sport", false}});
}

TEST(MqttTopic, SingleLevelWildcardMatchesExactlyOneLevel) {
  expect_matches({{"sport/tennis/+", "sport/tennis/player1", true},
                  {"sport/tennis/+", "sport/tennis/player2", true},
                  {"sport/tennis/+", "sport/tennis/player1/ranking", false},
                  {"sport/+", "sport", false},
                  {"sport/+", "sport/", true},
                  {"+", "sport", true},
                  {"+", "/sport", false},
                  {"+/+", "/finance", true},
                  {"/+", "/finance", true},
                  {"+", "/finance", false},
                  {"+/tennis/#", "sport/tennis", true},
                  {"sport/+/player1", "sport/tennis/player1", true},
                  {"sport/+/player1", "sport//player1", true},
                  {"+/+/#", "a", false}});
}

TEST(MqttTopic, WithoutWildcardsEveryCharacterCounts) {
  expect_matches({{"a/b", "a/b", true},
                  {"a/b", "A/b", false},
                  {"a/b", "a/b/", false},
                  {"a/b/", "a/b", false},
                  {"a/b", "/a/b", false},
                  {"a", "a/b", false},
                  {"a/b", "a", false},
                  {"/", "/", true},
                  {"Accounts payable", "Accounts payable", true},
                  {"a//b", "a/b", false}});
}

TEST(MqttTopic, LeadingWildcardDoesNotMatchLeadingDollar) {
  expect_matches({{"#", "$SYS/monitor/Clients", false},
                  {"+/monitor/Clients", "$SYS/monitor/Clients", false},
                  {"$SYS/#", "$SYS/monitor/Clients", true},
                  {"$SYS/monitor/+", "$SYS/monitor/Clients", true},
                  {"$SYS/+", "$SYS/", true},
                  {"sensors/#", "sensors/$raw", true}});
}

TEST(MqttTopic, AFilterCoversWhatMatchesNothingElse) {
  constexpr std::array kFilters{"#",  "+",    "+/+",  "+/#",  "a",     "a/#",   "a/+",   "a/b",   "a/b/#", "a/+/#",
                                "/",  "/#",   "/+",   "+/b",  "+/b/#", "a/+/c", "a/b/+", "a/b/c", "+/+/c", "a//c",
                                "$s", "$s/#", "$s/+", "$s/b", "a/$s",  "b",     "+/+/+", "a/",    "+/",    "+/+/#"};
  constexpr std::array kLevels{"", "a", "b", "c", "$s", "z"};
  std::vector<std::string> topics;
  for (const std::string first : kLevels) {
    topics.push_back(first);
    for (const std::string second : kLevels) {
      topics.push_back(first + "/" + second);
      for (const std::string third : kLevels) topics.push_back(first + "/" + second + "/" + third);
    }
  }
  for (const char* const wider : kFilters) {
    for (const char* const narrower : kFilters) {
      const bool expected = std::all_of(topics.begin(), topics.end(), [&](const std::string& topic) {
        return !matches(narrower, topic) || matches(wider, topic);
      });
      EXPECT_EQ(covers(wider, narrower), expected) << wider << " over " << narrower;
    }
  }
}

TEST(MqttTopic, AFilterWithinOthersIsFoundAndOfTwoThatMatchTheSameTheSecond) {
  constexpr std::array<std::string_view, 8> kFilters{"a/b", "", "a/#", "#", "$s/+", "+/#", "", "b"};
  const auto covering = [&](std::size_t index) { return find_covering(kFilters, index); };
  EXPECT_EQ(covering(0), 2U);
  EXPECT_EQ(covering(1), std::nullopt);
  EXPECT_EQ(covering(2), 3U);
  EXPECT_EQ(covering(3), std::nullopt) << "+/# is the same, and comes later";
  EXPECT_EQ(covering(4), std::nullopt);
  EXPECT_EQ(covering(5), 3U);
  EXPECT_EQ(covering(6), std::nullopt);
  EXPECT_EQ(covering(7), 3U);
}

TEST(MqttTopic, ASharedSubscriptionMatchesByWhatFollowsItsName) {
  for (const auto& [filter, matched] :
       {std::pair("a/#", "a/#"), std::pair("$share/g/a/#", "a/#"), std::pair("$share/g//a", "/a"),
        std::pair("$shared/g/a", "$shared/g/a"), std::pair("$share", "$share"), std::pair("$share/g", ""),
        std::pair("$share/g/", ""), std::pair("$share//a", ""), std::pair("$share/+/a", ""),
        std::pair("$share/#", "")}) {
    EXPECT_EQ(without_share(filter), matched) << filter;
  }
}

TEST(MqttTopic, NothingIsNormalised) {
  // U+00C5 and U+0041 U+030A look alike and are different topics.
  EXPECT_FALSE(matches("\xC3\x85", "A\xCC\x8A"));
  EXPECT_TRUE(matches("+", "A\xCC\x8A"));
}

TEST(MqttTopic, WildcardsOccupyWholeLevelsOfAFilter) {
  for (const std::string_view good :
       {"#", "+", "+/#", "/", "//", "/+", "+/", "sport/+/player1", "sport/tennis/#", "a b"}) {
    EXPECT_TRUE(valid_filter(good)) << good;
  }
  for (const std::string_view bad :
       {"", "sport/tennis#", "sport/tennis/#/ranking", "sport+", "+a", "a/+b", "##", "#/", "#+"}) {
    EXPECT_FALSE(valid_filter(bad)) << bad;
  }
}

TEST(MqttTopic, TopicNamesHaveNoWildcards) {
  for (const std::string_view good : {"a", "/", "a/b", "sensors/t\xC3\xBCr", "$SYS/x", " "}) {
    EXPECT_TRUE(valid_topic(good)) << good;
  }
  for (const std::string_view bad : {std::string_view(""), std::string_view("a/+"), std::string_view("#"),
                                     std::string_view("a#b"), std::string_view("a\0b", 3), std::string_view("\xFF")}) {
    EXPECT_FALSE(valid_topic(bad)) << bad;
  }
}

TEST(MqttTopic, AtMost65535Bytes) {
  const std::string longest(65'535, 'a');
  EXPECT_TRUE(valid_topic(longest));
  EXPECT_TRUE(valid_filter(longest));
  EXPECT_FALSE(valid_topic(longest + "a"));
  EXPECT_FALSE(valid_filter(longest + "a"));
}

TEST(MqttUtf8, WellFormedSequencesPass) {
  for (const std::string_view good :
       {"", "plain", "\x01\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "eight of ASCII, then \xE2\x82\xAC and more of it"}) {
    EXPECT_TRUE(valid_utf8(good)) << good;
  }
}

TEST(MqttUtf8, ByteOrderMarkIsACharacter) {
  EXPECT_TRUE(valid_utf8("\xEF\xBB\xBFtopic"));
  EXPECT_TRUE(matches("\xEF\xBB\xBFtopic", "\xEF\xBB\xBFtopic"));
  EXPECT_FALSE(matches("topic", "\xEF\xBB\xBFtopic"));
}

TEST(MqttUtf8, IllFormedSequencesFail) {
  for (const std::string_view bad : {
           std::string_view("\x80"),              // a continuation alone
           std::string_view("\xC0\xAF"),          // overlong
           std::string_view("\xC1\xBF"),          //
           std::string_view("\xE0\x9F\xBF"),      //
           std::string_view("\xF0\x8F\xBF\xBF"),  //
           std::string_view("\xC3"),              // cut short
           std::string_view("\xE2\x82"),          //
           std::string_view("\xF0\x9F\x98"),      //
           std::string_view("\xC3("),             // interrupted
           std::string_view("\xE2(\xA1"),         //
           std::string_view("\xF0\x9F(\x80"),     //
           std::string_view("\xF4\x90\x80\x80"),  // beyond U+10FFFF
           std::string_view("\xF5\x80\x80\x80"),  //
           std::string_view("\xFF"),              //
       }) {
    EXPECT_FALSE(valid_utf8(bad));
    EXPECT_FALSE(valid_utf8("long enough to be read by words" + std::string(bad)));
  }
}

TEST(MqttUtf8, NothingBeyondTheEndIsRead) {
  const std::string_view plain = "plain text, longer than two words";
  for (std::size_t size = 0; size < plain.size(); ++size) EXPECT_TRUE(valid_utf8(plain.substr(0, size)));
  for (const std::string_view sequence : {"\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(valid_utf8(sequence));
    for (std::size_t size = 1; size < sequence.size(); ++size) EXPECT_FALSE(valid_utf8(sequence.substr(0, size)));
  }
}

TEST(MqttUtf8, SurrogatesFail) {
  EXPECT_FALSE(valid_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(valid_utf8("\xED\xBF\xBF"));
}

TEST(MqttUtf8, NullFailsWhereverItStands) {
  for (std::size_t at = 0; at < 24; ++at) {
    std::string text(24, 'a');
    text[at] = '\0';
    EXPECT_FALSE(valid_utf8(text)) << at;
  }
}

}  // namespace
}  // namespace tidegate::mqtt
