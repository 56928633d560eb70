#include "gateway/sessions/sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/support/sessions_bench.hpp"

namespace tidegate::sessions {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SessionsTest : public ::testing::Test, protected test::OpenSessions {
 protected:
  Session& begin(const std::string& client, seconds expiry = seconds(60)) {
    Session* session = sessions->begin(client, expiry);
    EXPECT_NE(session, nullptr);
    return *session;
  }
  void note(Session& session, const StateRecord& record) { EXPECT_TRUE(sessions->note(session, record).ok()); }
  void owe(Session& session, std::uint16_t packet_id, std::string_view payload) {
    note(session, Owed{test::message("t", payload), {{session.number, packet_id, false, {}}}});
  }
  std::vector<std::string> clients() const {
    std::vector<std::string> names;
    for (const auto& [client, session] : sessions->all()) names.push_back(client);
    return names;
  }
  std::vector<std::uint16_t> owed(const std::string& client) {
    std::vector<std::uint16_t> ids;
    for (const OwedMessage& message : sessions->find(client)->outbound.all()) ids.push_back(message.packet_id);
    return ids;
  }
};

TEST_F(SessionsTest, AStartFindsWhatWasNoted) {
  Session& session = begin("c");
  note(session, Subscribed{session.number, "a/#", {2, false, true, 9}});
  note(session, Subscribed{session.number, "b", {}});
  note(session, Unsubscribed{session.number, "b"});
  note(session, Identifiers{session.number, Step::kReceived, {7, 8}});
  note(session, Identifiers{session.number, Step::kReleased, {7}});
  for (std::uint16_t id = 0x8000; id < 0x8004; ++id) owe(session, id, "hello");
  note(session, Identifiers{session.number, Step::kDelivered, {0x8001}});
  note(session, Identifiers{session.number, Step::kDone, {0x8002}});
  reopen_sessions();
  ASSERT_THAT(clients(), ElementsAre("c"));
  Session& again = *sessions->find("c");
  EXPECT_EQ(again.expiry, seconds(60));
  EXPECT_TRUE(again.away_since.has_value());
  ASSERT_EQ(again.subscriptions().size(), 1U);
  EXPECT_EQ(again.subscriptions().at("a/#"), (SubscriptionOptions{2, false, true, 9}));
  EXPECT_THAT(again.received.all(), ElementsAre(8));
  EXPECT_THAT(owed("c"), ElementsAre(0x8000, 0x8001, 0x8003));
  EXPECT_EQ(again.outbound.find(0x8001)->phase, OwedMessage::Phase::kDelivered);
  EXPECT_EQ(as_text(again.outbound.find(0x8003)->message->view().payload), "hello");
}

TEST_F(SessionsTest, OneThatHasEndedIsNotThereAfterAStart) {
  Session& session = begin("c");
  note(session, Identifiers{session.number, Step::kReceived, {7}});
  sessions->end(session);
  EXPECT_THAT(clients(), IsEmpty());
  Session& anew = begin("c");
  EXPECT_THAT(anew.received.all(), IsEmpty());
  reopen_sessions();
  EXPECT_THAT(sessions->find("c")->received.all(), IsEmpty());
}

TEST_F(SessionsTest, OneEndsWhenItsClientHasBeenAwayForLongEnough) {
  Session& short_one = begin("short", seconds(10));
  begin("connected", seconds(10));
  Session& long_one = begin("long", seconds(100));
  sessions->leave(short_one);
  sessions->leave(long_one);
  clock.pass(seconds(9));
  EXPECT_THAT(sessions->expired(), IsEmpty());
  clock.pass(seconds(1));
  EXPECT_THAT(sessions->expired(), ElementsAre(&short_one));
  EXPECT_TRUE(sessions->is_expired(short_one));
}

TEST_F(SessionsTest, TheTimeCountsAnewAfterAStart) {
  sessions->leave(begin("c", seconds(10)));
  clock.pass(seconds(9));
  reopen_sessions();
  clock.pass(seconds(9));
  EXPECT_FALSE(sessions->is_expired(*sessions->find("c")));
  clock.pass(seconds(1));
  EXPECT_TRUE(sessions->is_expired(*sessions->find("c")));
}

TEST_F(SessionsTest, OneThatEndsWithItsConnectionIsExpiredAfterAStart) {
  sessions->set_expiry(begin("c"), seconds(0));
  reopen_sessions();
  EXPECT_TRUE(sessions->is_expired(*sessions->find("c")));
}

TEST_F(SessionsTest, TheExpiryHasALimit) { EXPECT_EQ(begin("c", seconds::max()).expiry, limits.expiry); }

TEST_F(SessionsTest, FullItKeepsThoseThatAreThere) {
  limits.sessions = 2;
  reopen_sessions();
  begin("a");
  begin("b");
  EXPECT_EQ(sessions->begin("c", seconds(60)), nullptr);
  EXPECT_EQ(sessions->begin(std::string(257, 'x'), seconds(60)), nullptr);
  sessions->end(*sessions->find("a"));
  EXPECT_EQ(sessions->begin(std::string(257, 'x'), seconds(60)), nullptr) << "the name is too long";
  begin("c");
  EXPECT_EQ(metrics.counter("tidegate_sessions_refused_sessions_total", "").value(), 3U);
  EXPECT_EQ(metrics.gauge("tidegate_sessions_kept_sessions", "").value(), 2);
}

TEST_F(SessionsTest, OneThatIsNotKeptLeavesNoRecord) {
  const auto session = sessions->fleeting("c");
  EXPECT_FALSE(session->is_kept());
  const auto ticket = sessions->note(*session, Identifiers{session->number, Step::kReceived, {7}});
  ASSERT_TRUE(ticket.ok());
  EXPECT_EQ(*ticket, store::Ticket{});
  EXPECT_EQ(store->state(test::kState).next, Offset{0});
}

TEST_F(SessionsTest, HowLongAMessageHasWaitedIsKnownInTheSameBootOnly) {
  Session& session = begin("c");
  store::Message message = test::message("t", "x");
  message.received = clock.now();
  note(session, Owed{message, {{session.number, 0x8000, false, {}}}});
  clock.pass(seconds(5));
  reopen_sessions();
  const OwedMessage& owed = *sessions->find("c")->outbound.find(0x8000);
  EXPECT_EQ(clock.monotonic() - owed.message->view().received.monotonic, seconds(5));
}

TEST_F(SessionsTest, ARecordThatMeansNothingIsPassedAndCounted) {
  begin("c");
  const store::Message nonsense = test::message("t", "\x63");
  ASSERT_TRUE(store->append(test::kState, nonsense, store::Urgency::kAtOnce).ok());
  begin("d");
  reopen_sessions();
  EXPECT_THAT(clients(), ElementsAre("c", "d"));
}

TEST_F(SessionsTest, AnAnchorOutlivesAStartAndABoot) {
  const TimeAnchor anchor = *anchors->look();
  wait_durable(*sessions->note(anchor));
  reopen_sessions();
  EXPECT_THAT(anchors->all(), ElementsAre(anchor));
  clock.reboot();
  reopen_sessions();
  EXPECT_EQ(anchors->of(clock.boot_id()), nullptr);
  EXPECT_THAT(anchors->all(), ElementsAre(anchor));
}

TEST_F(SessionsTest, TheLastAnchorOfABootIsTheOneThatAStartFinds) {
  wait_durable(*sessions->note(*anchors->look()));
  clock.jump(std::chrono::hours(-1));
  const TimeAnchor later = *anchors->look();
  wait_durable(*sessions->note(later));
  reopen_sessions();
  EXPECT_THAT(anchors->all(), ElementsAre(later));
}

}  // namespace
}  // namespace tidegate::sessions
