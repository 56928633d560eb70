#pragma once

#include <cstdint>
#include <map>

#include "gateway/base/clock.hpp"
#include "gateway/base/time_anchors.hpp"
#include "gateway/sessions/session.hpp"
#include "gateway/store/record_batch.hpp"

namespace tidegate::sessions {

/// Makes the sessions, and the anchors of earlier boots, from the records of the state stream, read in their order from
/// where a snapshot began. It takes any record without harm.
class Replay {
 public:
  Replay(SessionMap& sessions, Shared& shared, const Clock& clock, TimeAnchors& anchors)
      : sessions_(sessions), shared_(shared), clock_(clock), anchors_(anchors) {}

  /// False if the record is none that this version knows.
  bool apply(const store::Record& record);
  /// The greatest that a record has named.
  [[nodiscard]] SessionNumber last_number() const { return last_; }

 private:
  void apply(const SessionIs& record);
  void apply(const SessionEnded& record);
  void apply(const Subscribed& record);
  void apply(const Unsubscribed& record);
  void apply(const Identifiers& record);
  void apply(const Owed& record);
  void apply(const TimeAnchor& record) { anchors_.remember(record); }
  static void apply(Step step, std::uint16_t packet_id, Session& session);
  [[nodiscard]] Session* find(SessionNumber number) const;

  SessionMap& sessions_;
  Shared& shared_;
  const Clock& clock_;
  TimeAnchors& anchors_;
  std::map<SessionNumber, Session*> by_number_;
  SessionNumber last_;
};

}  // namespace tidegate::sessions
