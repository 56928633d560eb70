#include "tests/fleet/journal.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace tidegate::fleet {
namespace {

std::string two_messages() {
  std::ostringstream out;
  JournalWriter writer(out);
  writer.add(
      {.topic = "sensors/mote-1", .payload = R"({"ts":1,"humidity":45.90})", .times_sent = 2, .acknowledged = true});
  writer.add({.topic = "sensors/mote-2", .payload = "{}", .times_sent = 1, .acknowledged = false});
  writer.finish();
  return out.str();
}

Result<std::vector<SentMessage>> read(const std::string& text) {
  std::istringstream in(text);
  return read_journal(in);
}

TEST(Journal, ReadsBackWhatWasWritten) {
  const auto messages = read(two_messages());
  ASSERT_TRUE(messages.ok());
  ASSERT_EQ(messages->size(), 2U);
  EXPECT_EQ(messages->at(0).topic, "sensors/mote-1");
  EXPECT_EQ(messages->at(0).payload, R"({"ts":1,"humidity":45.90})");
  EXPECT_EQ(messages->at(0).times_sent, 2U);
  EXPECT_TRUE(messages->at(0).acknowledged);
  EXPECT_FALSE(messages->at(1).acknowledged);
}

TEST(Journal, IsNotReadWhenItIsCutOffAnywhere) {
  const std::string whole = two_messages();
  for (std::size_t size = 0; size < whole.size() - 1; ++size) {
    EXPECT_FALSE(read(whole.substr(0, size)).ok()) << size << " bytes of it";
  }
}

TEST(Journal, IsNotReadWhenALineIsMissing) {
  std::string text = two_messages();
  const std::size_t first = text.find('\n') + 1;
  text.erase(first, text.find('\n', first) + 1 - first);
  EXPECT_FALSE(read(text).ok());
}

}  // namespace
}  // namespace tidegate::fleet
