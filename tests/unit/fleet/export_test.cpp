#include "tests/fleet/export.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace tidegate::fleet {
namespace {

constexpr const char* kJournal =
    "tidegate-fleet journal 1\n"
    "1\t1\tsensors/m\t{\"ts\":1}\n"
    "end\t1\n";

std::string line(const std::string& payload) {
  return R"({"gateway":"g","stream":"s","incarnation":"00ff","offset":7,"topic":"sensors/m",)" + payload + "}\n";
}

Result<Verdict> verify_text(const std::string& exported) {
  std::istringstream journal(kJournal);
  std::istringstream lines(exported);
  return verify(journal, lines);
}

TEST(Export, IsReadWithItsIdentityAndItsEscapes) {
  const auto message = parse_exported(line(R"("payload":"{\"ts\":1}")"));
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->lane, "g/s/00ff/");
  EXPECT_EQ(message->offset, 7U);
  EXPECT_EQ(message->topic, "sensors/m");
  EXPECT_EQ(message->payload, R"({"ts":1})");
}

TEST(Export, WithoutAPartOfTheIdentityIsRefused) {
  EXPECT_FALSE(parse_exported(R"({"gateway":"g","stream":"s","offset":7,"topic":"t","payload":"p"})").ok());
  EXPECT_FALSE(parse_exported(R"({"gateway":"g","stream":"s","incarnation":"1","topic":"t","payload":"p"})").ok());
  EXPECT_FALSE(parse_exported("not json").ok());
}

TEST(Export, IsComparedWithTheJournal) {
  const auto same = verify_text(line(R"("payload":"{\"ts\":1}")"));
  ASSERT_TRUE(same.ok());
  EXPECT_TRUE(same->good());
  const auto nothing = verify_text("");
  ASSERT_TRUE(nothing.ok());
  EXPECT_EQ(nothing->lost, 1U);
}

TEST(Export, InBase64IsNeverTakenForATextThatLooksLikeIt) {
  const auto verdict = verify_text(line(R"("payload_base64":"{\"ts\":1}")"));
  ASSERT_TRUE(verdict.ok());
  EXPECT_EQ(verdict->lost, 1U);
  EXPECT_EQ(verdict->invented, 1U);
}

TEST(Export, ThatIsCutOffInALineIsNotCompared) { EXPECT_FALSE(verify_text(R"({"gateway":"g","str)").ok()); }

}  // namespace
}  // namespace tidegate::fleet
