// The state stream stays short, and a start reads the same whatever was written anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "gateway/sessions/sessions.hpp"
#include "tests/simulation/seeded_random.hpp"
#include "tests/unit/support/sessions_bench.hpp"

namespace tidegate::sessions {
namespace {

std::string describe(const Sessions& sessions) {
  std::ostringstream out;
  for (const auto& [client, session] : sessions.all()) {
    out << client << " #" << session->number.value << " " << session->expiry.count() << " s:";
    for (const auto& [filter, options] : session->subscriptions()) out << " " << filter << "@" << options.identifier;
    out << ", received";
    for (const std::uint16_t id : session->received.all()) out << " " << id;
    out << ", owed";
    for (const OwedMessage& owed : session->outbound.all())
      out << " " << owed.packet_id << (owed.message ? as_text(owed.message->view().payload) : "(PUBREL)");
    out << "\n";
  }
  return out.str();
}

class SnapshotTest : public ::testing::Test, protected test::OpenSessions {
 protected:
  SnapshotTest() { listen(); }

  void listen() {
    store->on_durable([this](store::Ticket) { sessions->on_durable(); });
  }
  /// After the session was changed, as it is done everywhere: a snapshot comes with a commit, never between the two.
  void note(Session& session, const StateRecord& record) {
    const auto ticket = sessions->note(session, record);
    ASSERT_TRUE(ticket.ok());
    wait_durable(*ticket);
    turns.run_queued();
  }
  /// A QoS 2 message of the client's, in and out of mind.
  void pass_one(Session& session, std::uint16_t packet_id) {
    note(session, Identifiers{session.number, Step::kReceived, {packet_id}});
    note(session, Identifiers{session.number, Step::kReleased, {packet_id}});
  }
  void owe(Session& session, std::uint16_t packet_id, std::string_view payload) {
    const store::Message message = test::message("t", payload);
    OwedMessage owed;
    owed.packet_id = packet_id;
    owed.message = std::make_shared<const store::KeptMessage>(message);
    session.outbound.restore(std::move(owed));
    note(session, Owed{message, {{session.number, packet_id, false, {}}}});
  }
  [[nodiscard]] Offset begin() const { return store->position(test::kState, std::string(kStateReader), Lane{}); }
};

TEST_F(SnapshotTest, TheStreamDoesNotGrowWithWhatIsOver) {
  Session& session = *sessions->begin("c", std::chrono::seconds(60));
  Session& other = *sessions->begin("other", std::chrono::seconds(60));
  owe(other, 0x8000, "kept");
  std::uint64_t most = 0;
  for (int i = 0; i < 5000; ++i) {
    pass_one(session, 7);
    if (i % 100 == 0) most = std::max(most, store->state(test::kState).live_bytes);
  }
  EXPECT_GT(begin(), Offset{5000});
  EXPECT_LT(most, 4 * limits.snapshot.tail_bytes);
  const std::string before = describe(*sessions);
  reopen_sessions();
  EXPECT_EQ(describe(*sessions), before);
}

TEST_F(SnapshotTest, WhatHappensMeanwhileIsNotLost) {
  simulation::SeededRandom chance(7);
  std::vector<Session*> all;
  for (int i = 0; i < 10; ++i) all.push_back(sessions->begin("c" + std::to_string(i), std::chrono::seconds(60)));
  std::uint16_t next_id = 0x8000;
  for (int i = 0; i < 4000; ++i) {
    Session& session = *all[static_cast<std::size_t>(chance.below(all.size()))];
    const auto packet_id = static_cast<std::uint16_t>(chance.between(1, 20));
    switch (chance.below(6)) {
      case 0:
        session.received.insert(packet_id, {});
        note(session, Identifiers{session.number, Step::kReceived, {packet_id}});
        break;
      case 1:
        session.received.erase(packet_id);
        note(session, Identifiers{session.number, Step::kReleased, {packet_id}});
        break;
      case 2: owe(session, next_id++, "payload " + std::to_string(i)); break;
      case 3: {
        if (session.outbound.all().empty()) break;
        const std::uint16_t oldest = session.outbound.all().front().packet_id;
        session.outbound.delivered(oldest, {});
        note(session, Identifiers{session.number, Step::kDelivered, {oldest}});
        break;
      }
      case 4: {
        if (session.outbound.all().size() < 4) break;
        const std::uint16_t oldest = session.outbound.all().front().packet_id;
        session.outbound.done(oldest);
        note(session, Identifiers{session.number, Step::kDone, {oldest}});
        break;
      }
      case 5:
        session.subscribe("f/" + std::to_string(packet_id), {2, false, false, 1});
        note(session, Subscribed{session.number, "f/" + std::to_string(packet_id), {2, false, false, 1}});
        break;
    }
    if (i % 500 != 499) continue;
    const std::string before = describe(*sessions);
    reopen_sessions();
    listen();
    ASSERT_EQ(describe(*sessions), before) << "after " << i;
    all.clear();
    for (const auto& [client, one] : sessions->all()) all.push_back(one.get());
  }
  EXPECT_GT(begin(), Offset{1000}) << "snapshots were made";
}

TEST_F(SnapshotTest, AStreamWithoutRoomRefusesAndHasRoomForTheSnapshotThatHelps) {
  store->on_durable([](store::Ticket) {});  // no snapshot goes on
  Session& session = *sessions->begin("c", std::chrono::seconds(60));
  const auto note_one = [&] { return sessions->note(session, Identifiers{session.number, Step::kReceived, {7}}); };
  do {  // also after a disk that was slower than this has caught up
    store::Ticket last;
    while (const auto ticket = note_one()) last = *ticket;
    wait_durable(last);
  } while (note_one());
  for (int i = 0; i < 6; ++i) {
    sessions->on_durable();
    const auto behind = store->append(test::kSensors, test::message("t", "x"), store::Urgency::kAtOnce);
    store->submit();
    wait_durable(*behind);
    clock.pass(std::chrono::seconds(3));
    turns.run_queued();
  }
  EXPECT_TRUE(note_one().ok());
}

TEST_F(SnapshotTest, AnchorsAreWrittenAnewBesideTheSessions) {
  const TimeAnchor anchor = *anchors->look();
  wait_durable(*sessions->note(anchor));
  const Offset noted = store->state(test::kState).next;
  Session& session = *sessions->begin("c", std::chrono::seconds(60));
  for (std::uint16_t i = 0; begin() < noted; ++i) pass_one(session, i);
  clock.reboot();
  reopen_sessions();
  ASSERT_NE(anchors->of(anchor.boot), nullptr);
  EXPECT_EQ(*anchors->of(anchor.boot), anchor);
}

// Each boot leaves an anchor and, in the manifest, the name of a start.
TEST_F(SnapshotTest, AnchorsOfManyBootsAreWrittenAnewWithoutAnySession) {
  constexpr std::size_t kBoots = 2 * TimeAnchors::kMostBoots;
  std::vector<TimeAnchor> learned;
  for (std::size_t i = 0; i < kBoots; ++i) {
    clock.reboot();
    reopen_sessions();
    listen();
    learned.push_back(*anchors->look());
    wait_durable(*sessions->note(learned.back()));
    turns.run_queued();
  }
  EXPECT_GT(begin(), Offset{0}) << "a snapshot was made";
  EXPECT_LE(store->state(test::kState).incarnations.size(), kBoots - 1);
  reopen_sessions();
  learned.erase(learned.begin(), learned.end() - TimeAnchors::kMostBoots);
  EXPECT_THAT(anchors->all(), ::testing::ElementsAreArray(learned));
}

}  // namespace
}  // namespace tidegate::sessions
