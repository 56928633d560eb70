#include "gateway/north/route.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::north {
namespace {

/// A stream with something to send is passed over by those of higher priority at most this often.
constexpr unsigned kPatience = 8;

RouteCounters register_counters(Metrics& metrics, const std::string& upstream) {
  const Labels labels{{"upstream", upstream}};
  return {
      metrics.counter("tidegate_upstream_acknowledged_records_total", "Records the upstream has confirmed", labels),
      metrics.counter("tidegate_route_rejected_records_total", "Records the upstream refused for good", labels),
      metrics.counter("tidegate_route_skipped_records_total", "Records named to the upstream as not coming", labels),
      metrics.counter("tidegate_route_rewinds_total", "Times records were sent again on one connection", labels)};
}

}  // namespace

void Route::park_in(DeadLetter& dead_letter) {
  rejections_.emplace(options_.upstream, source_, upstream_, dead_letter, events_);
}

void Route::start() {
  open_ = std::make_shared<const bool>(true);
  upstream_.start(*this);
}

void Route::on_connected(const std::vector<Position>& positions) {
  for (Scheduled& scheduled : flows_) scheduled.flow.connect(positions);
  events_.info("route.connected", {{"upstream", options_.upstream}});
  if (anchors_ != nullptr)
    for (const TimeAnchor& anchor : anchors_->all()) upstream_.send_anchor(anchor);
  pump();
}

void Route::on_durable() {
  if (rejections_) rejections_->on_durable();
  for (Scheduled& scheduled : flows_) scheduled.flow.wake();
  pump();
}

/// Sends what is read in order of priority for as long as there is room, and keeps one read under way a stream.
void Route::pump() {
  // A read that is answered at once ends in here again: the loop below sees what it brought.
  if (pumping_ || finishing_ || !open_) return;
  pumping_ = true;
  for (Scheduled& scheduled : flows_) read_on(scheduled);
  while (upstream_.can_send()) {
    Scheduled* const chosen = choose();
    if (chosen == nullptr) break;
    chosen->flow.send_next(upstream_, anchors_);
    read_on(*chosen);
  }
  pumping_ = false;
}

void Route::on_acknowledged(const LaneId& lane, Offset next) {
  if (Scheduled* const found = find(lane)) found->flow.acknowledge(lane.incarnation, next);
  if (rejections_) rejections_->on_acknowledged();
  pump();
}

void Route::on_result(const LaneId& lane, Offset from, Offset to, Delivery delivery, const std::string& reason) {
  Scheduled* const found = find(lane);
  if (found == nullptr || !(from < to)) return;
  switch (delivery) {
    case Delivery::kPersisted: break;  // the cumulative acknowledgement says so too
    case Delivery::kNotPersisted:
    case Delivery::kPossiblyPersisted:
      events_.warning(
          "route.sent_again",
          {{"upstream", options_.upstream}, {"stream", lane.stream}, {"from", from.value}, {"reason", reason}});
      found->flow.rewind(from);
      break;
    case Delivery::kRejected: reject(*found, lane, {from, to, store::SkipReason::kRejected}, reason); break;
  }
  pump();
}

void Route::on_room() { pump(); }

void Route::on_disconnected(const std::string& reason) {
  for (Scheduled& scheduled : flows_) scheduled.flow.disconnect();
  events_.warning("route.disconnected", {{"upstream", options_.upstream}, {"reason", reason}});
}

bool Route::has_under_way() const {
  return std::any_of(flows_.begin(), flows_.end(), [](const auto& one) { return one.flow.has_under_way(); });
}

void Route::close() {
  open_.reset();
  for (Scheduled& scheduled : flows_) scheduled.flow.disconnect();
}

std::vector<Holding> Route::holdings() {
  std::vector<Holding> all;
  for (const Scheduled& scheduled : flows_) {
    const std::vector<Holding> held = scheduled.flow.holdings();
    all.insert(all.end(), held.begin(), held.end());
  }
  return all;
}

Route::Route(RouteOptions options, store::Store& store, Upstream& upstream, EventLog& events, Metrics& metrics)
    : Route(std::move(options), std::make_unique<StoreSource>(store), upstream, events, metrics) {}

Route::Route(RouteOptions options, std::unique_ptr<StoreSource> source, Upstream& upstream, EventLog& events,
             Metrics& metrics)
    : Route(std::move(options), *source, upstream, events, metrics) {
  own_source_ = std::move(source);
}

Route::Route(RouteOptions options, RecordSource& source, Upstream& upstream, EventLog& events, Metrics& metrics)
    : options_(std::move(options)),
      source_(source),
      upstream_(upstream),
      events_(events),
      counters_(register_counters(metrics, options_.upstream)) {
  flows_.reserve(options_.streams.size());
  for (const StreamIndex stream : options_.streams)
    flows_.push_back({stream, StreamFlow(stream, options_.upstream, source, events, counters_)});
}

void Route::read_on(Scheduled& scheduled) {
  const std::optional<Offset> from = scheduled.flow.begin_read();
  if (!from) return;
  source_.read(scheduled.stream, *from, options_.batch_bytes,
               [this, &scheduled, open = std::weak_ptr<const bool>(open_)](Result<store::RecordBatch> result) {
                 if (open.expired()) return;
                 scheduled.flow.end_read(std::move(result), options_.batch_bytes);
                 pump();
               });
}

/// The first stream by priority that has something, unless one has been passed over often enough.
Route::Scheduled* Route::choose() {
  Scheduled* chosen = nullptr;
  for (Scheduled& scheduled : flows_) {
    if (!scheduled.flow.has_something()) continue;
    if (chosen == nullptr || (scheduled.passed_over >= kPatience && chosen->passed_over < kPatience))
      chosen = &scheduled;
  }
  if (chosen == nullptr) return nullptr;
  for (Scheduled& scheduled : flows_)
    if (scheduled.flow.has_something()) ++scheduled.passed_over;
  chosen->passed_over = 0;
  return chosen;
}

Route::Scheduled* Route::find(const LaneId& lane) {
  for (Scheduled& scheduled : flows_)
    if (scheduled.flow.name() == lane.stream) return &scheduled;
  return nullptr;
}

void Route::reject(Scheduled& scheduled, const LaneId& lane, const store::Skip& skip, const std::string& reason) {
  if (rejections_ && !rejections_->add(scheduled.stream, scheduled.flow, lane, skip, reason)) return;
  counters_.rejected_records.add(skip.to - skip.from);
  events_.error("route.rejected", {{"upstream", options_.upstream},
                                   {"stream", lane.stream},
                                   {"from", skip.from.value},
                                   {"to", skip.to.value},
                                   {"reason", reason}});
  if (!rejections_) upstream_.send_skip(lane, skip);
}

}  // namespace tidegate::north
