#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/event_log.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/time_anchors.hpp"
#include "gateway/north/record_source.hpp"
#include "gateway/north/rejections.hpp"
#include "gateway/north/stream_flow.hpp"
#include "gateway/north/upstream.hpp"

namespace tidegate::north {

struct RouteOptions {
  std::string upstream;                 ///< Its name in the configuration.
  std::vector<StreamIndex> streams;     ///< In order of priority.
  std::size_t batch_bytes = 256 << 10;  ///< Records read for one batch, at most about.
};

/// Carries the durable records of its streams to one upstream, in order, and moves the cursors as it confirms them.
/// Reads only what is durable; sends again from the upstream's own position after every reconnect; gives nothing up: a
/// range the upstream rejects for good is parked in the dead letter, named to the upstream by a Skip, counted and
/// logged, and the route goes on.
/// Reactor only; close() before destruction, after or before the upstream's.
class Route final : public UpstreamListener {
 public:
  Route(RouteOptions options, store::Store& store, Upstream& upstream, EventLog& events, Metrics& metrics);
  /// The source must outlive the route.
  Route(RouteOptions options, RecordSource& source, Upstream& upstream, EventLog& events, Metrics& metrics);

  /// Before start(); must outlive the route. Without one, what is refused for good is given up.
  void park_in(DeadLetter& dead_letter);
  /// Before start(); must outlive the route. Corrects times on their way out. Without it, they go as they are.
  void correct_times(const TimeAnchors& anchors) { anchors_ = &anchors; }

  void start();
  /// More is durable: call after each commit.
  void on_durable();
  /// An anchor is new: the upstream may have records of before. Those of all boots are sent at each connection.
  void on_anchor(const TimeAnchor& anchor) { upstream_.send_anchor(anchor); }
  /// Sends nothing more from now on; what is under way may still be confirmed, so that it need not be sent again.
  void finish() { finishing_ = true; }
  [[nodiscard]] bool has_under_way() const;
  void close();

  std::vector<Holding> holdings() override;
  void on_connected(const std::vector<Position>& positions) override;
  void on_acknowledged(const LaneId& lane, Offset next) override;
  void on_result(const LaneId& lane, Offset from, Offset to, Delivery delivery, const std::string& reason) override;
  void on_room() override;
  void on_disconnected(const std::string& reason) override;

 private:
  struct Scheduled {
    StreamIndex stream;
    StreamFlow flow;
    unsigned passed_over = 0;
  };

  Route(RouteOptions options, std::unique_ptr<StoreSource> source, Upstream& upstream, EventLog& events,
        Metrics& metrics);
  void pump();
  void read_on(Scheduled& scheduled);
  Scheduled* choose();
  Scheduled* find(const LaneId& lane);
  void reject(Scheduled& scheduled, const LaneId& lane, const store::Skip& skip, const std::string& reason);

  RouteOptions options_;
  std::unique_ptr<StoreSource> own_source_;
  RecordSource& source_;
  Upstream& upstream_;
  EventLog& events_;
  RouteCounters counters_;
  std::vector<Scheduled> flows_;
  std::optional<Rejections> rejections_;
  const TimeAnchors* anchors_ = nullptr;
  std::shared_ptr<const bool> open_;  // a read that ends after close() finds it gone
  bool pumping_ = false;
  bool finishing_ = false;
};

}  // namespace tidegate::north
