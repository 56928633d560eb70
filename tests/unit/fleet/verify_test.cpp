#include "tests/fleet/verify.hpp"

#include <gmock/gmock.h>

#include <initializer_list>

namespace tidegate::fleet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

SentMessage sent(std::string topic, std::string payload, std::uint32_t times = 1, bool acknowledged = true) {
  return {std::move(topic), std::move(payload), times, acknowledged};
}

struct Arrival {
  std::uint64_t offset;
  std::string topic;
  std::string payload;
  std::string lane = "gw/sensors/1/";
};

Verdict compare(const std::vector<SentMessage>& journal, std::initializer_list<Arrival> arrivals) {
  Verifier verifier(journal);
  for (const Arrival& one : arrivals) verifier.add({one.lane, one.offset, one.topic, one.payload});
  return verifier.finish();
}

TEST(Verifier, FindsNothingWrongWhenEachMessageArrivedOnceInOrder) {
  const auto verdict =
      compare({sent("a", "1"), sent("b", "1"), sent("a", "2")}, {{0, "a", "1"}, {1, "b", "1"}, {2, "a", "2"}});
  EXPECT_EQ(to_string(verdict), "acked=3 delivered=3 lost=0 doubled=0 reordered=0 invented=0");
  EXPECT_TRUE(verdict.good());
}

TEST(Verifier, CountsAnAcknowledgedMessageThatIsNotThereAsLost) {
  const auto verdict = compare({sent("a", "1"), sent("a", "2")}, {{0, "a", "2"}});
  EXPECT_EQ(verdict.lost, 1U);
  EXPECT_FALSE(verdict.good());
  EXPECT_THAT(verdict.examples, ElementsAre(HasSubstr("a 1")));
}

TEST(Verifier, DoesNotMissWhatWasNeverAcknowledged) {
  const auto verdict = compare({sent("a", "1", 2, false)}, {});
  EXPECT_TRUE(verdict.good());
  EXPECT_EQ(verdict.acked, 0U);
}

TEST(Verifier, ComparesPayloadsByteForByte) {
  const auto verdict = compare({sent("a", "21.50")}, {{0, "a", "21.5"}});
  EXPECT_EQ(verdict.lost, 1U);
  EXPECT_EQ(verdict.invented, 1U);
}

TEST(Verifier, ComparesTopicsToo) {
  const auto verdict = compare({sent("a", "1")}, {{0, "b", "1"}});
  EXPECT_EQ(verdict.lost, 1U);
  EXPECT_EQ(verdict.invented, 1U);
}

TEST(Verifier, CountsAnIdentityThatIsThereTwiceEvenIfTheSensorSentTwice) {
  const auto verdict = compare({sent("a", "1", 2)}, {{0, "a", "1"}, {0, "a", "1"}});
  EXPECT_EQ(verdict.doubled, 1U);
}

TEST(Verifier, TellsTheSameOffsetOfTwoIncarnationsApart) {
  const auto verdict =
      compare({sent("a", "1"), sent("a", "2")}, {{0, "a", "1", "gw/sensors/1/"}, {0, "a", "2", "gw/sensors/2/"}});
  EXPECT_TRUE(verdict.good());
}

TEST(Verifier, AllowsAsManyCopiesAsTheSensorSentAndNotOneMore) {
  EXPECT_TRUE(compare({sent("a", "1", 2)}, {{0, "a", "1"}, {1, "a", "1"}}).good());
  EXPECT_EQ(compare({sent("a", "1", 2)}, {{0, "a", "1"}, {1, "a", "1"}, {2, "a", "1"}}).doubled, 1U);
}

TEST(Verifier, CountsAMessageOnceAsDeliveredHoweverManyCopiesThereAre) {
  EXPECT_EQ(compare({sent("a", "1", 2)}, {{0, "a", "1"}, {1, "a", "1"}}).delivered, 1U);
}

TEST(Verifier, CountsAFirstOccurrenceAfterALaterOneAsReordered) {
  const auto verdict =
      compare({sent("a", "1"), sent("a", "2"), sent("a", "3")}, {{0, "a", "1"}, {1, "a", "3"}, {2, "a", "2"}});
  EXPECT_EQ(verdict.reordered, 1U);
}

TEST(Verifier, DoesNotCountACopyThatComesLaterAsReordered) {
  const auto verdict =
      compare({sent("a", "1", 2), sent("a", "2", 2)}, {{0, "a", "1"}, {1, "a", "2"}, {2, "a", "1"}, {3, "a", "2"}});
  EXPECT_TRUE(verdict.good());
}

TEST(Verifier, ComparesTheOrderOfEachSensorAlone) {
  EXPECT_TRUE(compare({sent("a", "1"), sent("b", "1")}, {{0, "b", "1"}, {1, "a", "1"}}).good());
}

TEST(Verifier, CountsWhatNobodySentAsInvented) {
  const auto verdict = compare({}, {{0, "a", "1"}});
  EXPECT_EQ(verdict.invented, 1U);
  EXPECT_FALSE(verdict.good());
}

TEST(Verifier, TakesAJournalThatNamesAMessageTwiceForAFault) {
  EXPECT_FALSE(compare({sent("a", "1"), sent("a", "1")}, {{0, "a", "1"}}).good());
}

TEST(Verifier, KeepsFewExamplesOfManyFaults) {
  std::vector<SentMessage> journal;
  for (int i = 0; i < 1000; ++i) journal.push_back(sent("a", std::to_string(i)));
  const auto verdict = compare(journal, {});
  EXPECT_EQ(verdict.lost, 1000U);
  EXPECT_EQ(verdict.examples.size(), 10U);
}

}  // namespace
}  // namespace tidegate::fleet
