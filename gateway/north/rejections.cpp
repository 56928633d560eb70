#include "gateway/north/rejections.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::north {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;

}  // namespace

bool Rejections::add(StreamIndex stream, StreamFlow& flow, const LaneId& lane, const store::Skip& skip,
                     const std::string& reason) {
  for (const Rejection& known : rejections_) {
    if (known.lane != lane || skip.from < known.skip.from || known.skip.to < skip.to) continue;
    if (known.parked) upstream_.send_skip(lane, skip);
    return false;
  }
  Rejection& added = rejections_.emplace_back(Rejection{stream, flow, lane, skip, reason, skip.from, {}});
  hold(flow);
  park(added);
  return true;
}

void Rejections::on_durable() {
  for (Rejection& rejection : rejections_) {
    if (rejection.parked || rejection.reading) continue;
    if (rejection.next < rejection.skip.to) {
      park(rejection);
      continue;
    }
    if (!dead_letter_.durable(rejection.ticket)) continue;
    rejection.parked = true;
    upstream_.send_skip(rejection.lane, rejection.skip);
    hold(rejection.flow);
  }
}

void Rejections::on_acknowledged() {
  std::erase_if(rejections_, [](const Rejection& rejection) {
    return rejection.parked && rejection.skip.to <= rejection.flow.acknowledged();
  });
}

void Rejections::park(Rejection& rejection) {
  rejection.reading = true;
  source_.read(rejection.stream, rejection.next, kReadBytes,
               [this, &rejection, alive = std::weak_ptr<const bool>(alive_)](Result<store::RecordBatch> read) {
                 if (!alive.expired()) take(rejection, std::move(read));
               });
}

void Rejections::take(Rejection& rejection, Result<store::RecordBatch> read) {
  rejection.reading = false;
  if (!read.ok()) {
    // Not readable is not a reason to pass it: the next commit tries again.
    events_.error("route.not_parked", {{"upstream", name_}, {"reason", read.error().message}});
    return;
  }
  for (const store::Record& record : read->records) {
    if (record.offset >= rejection.skip.to) break;
    const auto ticket = dead_letter_.park(record, {name_, rejection.lane, rejection.reason});
    if (!ticket && can_retry(ticket.error().kind)) return;
    if (ticket)
      rejection.ticket = *ticket;
    else
      events_.error("route.not_parked", {{"upstream", name_}, {"reason", ticket.error().message}});
    rejection.next = record.offset + 1;
  }
  // What the store has not got any more (evicted, rotten) can not be parked: it is named as what it is.
  rejection.next = std::max(rejection.next, std::min(read->next, rejection.skip.to));
  if (rejection.next < rejection.skip.to || dead_letter_.durable(rejection.ticket)) on_durable();
}

void Rejections::hold(StreamFlow& flow) {
  std::optional<Offset> lowest;
  for (const Rejection& rejection : rejections_)
    if (&rejection.flow == &flow && !rejection.parked)
      lowest = std::min(lowest.value_or(rejection.skip.from), rejection.skip.from);
  flow.hold(lowest);
}

}  // namespace tidegate::north
