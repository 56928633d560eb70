#include "gateway/north/grpc/connection.hpp"

#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/base/assert.hpp"
#include "gateway/north/grpc/channel.hpp"
#include "gateway/north/grpc/explain.hpp"

namespace tidegate::north {
namespace {

constexpr std::uint32_t kProtocol = 1;

/// The lane that a message of the collector speaks of, if it is one.
template <class Message>
std::optional<LaneId> lane_of(const Message& message) {
  LaneId lane{message.stream(), {}, {}};
  if (message.incarnation().size() != lane.incarnation.bytes.size() || message.lane() > UINT8_MAX) return std::nullopt;
  std::memcpy(lane.incarnation.bytes.data(), message.incarnation().data(), lane.incarnation.bytes.size());
  lane.lane.value = static_cast<std::uint8_t>(message.lane());
  return lane;
}

Delivery to_delivery(v1::Delivery delivery) {
  switch (delivery) {
    case v1::DELIVERY_PERSISTED: return Delivery::kPersisted;
    case v1::DELIVERY_NOT_PERSISTED: return Delivery::kNotPersisted;
    case v1::DELIVERY_REJECTED: return Delivery::kRejected;
    default: return Delivery::kPossiblyPersisted;  // a value of a later version: unknown is sent again
  }
}

}  // namespace

std::unique_ptr<Upstream> make_grpc_upstream(GrpcOptions options, Executor reactor, AfterTimer after, Random& random,
                                             EventLog& events, Metrics& metrics) {
  return std::make_unique<Connection>(std::move(options), std::move(reactor), std::move(after), random, events,
                                      metrics);
}

Connection::Connection(GrpcOptions options, Executor reactor, AfterTimer after, Random& random, EventLog& events,
                       Metrics& metrics)
    : options_(std::move(options)),
      reactor_(std::move(reactor)),
      after_(std::move(after)),
      events_(events),
      counters_(metrics, options_.name),
      backoff_(options_.backoff_min, options_.backoff_max, random) {}

Connection::~Connection() { TIDEGATE_ASSERT(call_ == nullptr, "destroyed without close()"); }

void Connection::start(UpstreamListener& listener) {
  listener_ = &listener;
  connect();
}

void Connection::connect() {
  attempt_ = std::make_shared<const bool>(true);
  abandoned_because_.clear();
  words_ = "connecting to " + options_.target;
  Result<std::shared_ptr<::grpc::Channel>> channel = make_channel(options_);
  if (!channel.ok()) return retry(channel.error().message);
  call_ = Call::start(*std::move(channel), reactor_, *this);
  phase_ = Phase::kGreeting;
  greet();
  later(options_.welcome_timeout, [this] {
    if (phase_ == Phase::kGreeting) abandon(options_.target + " does not answer; check the network between");
  });
}

void Connection::greet() {
  v1::FromGateway message;
  v1::Hello& hello = *message.mutable_hello();
  hello.set_protocol(kProtocol);
  hello.set_gateway_id(options_.gateway_id);
  hello.set_software(options_.software);
  hello.set_boot_id(std::string(as_text(options_.boot_id.bytes)));
  for (const Holding& holding : listener_->holdings()) {
    v1::StreamRange& range = *hello.add_streams();
    range.set_stream(holding.lane.stream);
    range.set_incarnation(std::string(as_text(holding.lane.incarnation.bytes)));
    range.set_first(holding.first.value);
    range.set_next(holding.next.value);
  }
  write(std::move(message));
}

void Connection::on_message(const v1::FromCollector& message) {
  if (phase_ == Phase::kGreeting) {
    if (message.has_welcome()) return welcome(message.welcome());
    return abandon(options_.target + " does not begin with Welcome: it is not a collector");
  }
  if (phase_ != Phase::kConnected) return;
  switch (message.message_case()) {
    case v1::FromCollector::kAck: return acknowledged(message.ack());
    case v1::FromCollector::kCredit: return more_credit(message.credit().bytes());
    case v1::FromCollector::kResult: return result(message.result());
    default: return;  // of a later version, or a second Welcome
  }
}

void Connection::welcome(const v1::Welcome& welcome) {
  if (welcome.protocol() != kProtocol)
    return abandon(options_.target + " speaks protocol " + std::to_string(welcome.protocol()) +
                   ", this gateway 1; update the older of the two");
  std::vector<Position> positions;
  for (const v1::Position& position : welcome.positions())
    if (const std::optional<LaneId> lane = lane_of(position)) positions.push_back({*lane, Offset{position.next()}});
  phase_ = Phase::kConnected;
  held_off_ = false;
  credit_bytes_ = static_cast<std::int64_t>(std::min<std::uint64_t>(welcome.credit_bytes(), INT64_MAX / 2));
  max_batch_bytes_ = welcome.max_batch_bytes();
  words_ = "connected";
  events_.info("upstream.connected", {{"upstream", options_.name}, {"target", options_.target}});
  // A connection that lasts has proved itself, even if it carries nothing.
  later(options_.backoff_max, [this] { backoff_.reset(); });
  listener_->on_connected(positions);
}

void Connection::acknowledged(const v1::Ack& ack) {
  const std::optional<LaneId> lane = lane_of(ack);
  if (!lane) return abandon(options_.target + " acknowledges a lane that cannot be");
  backoff_.reset();
  listener_->on_acknowledged(*lane, Offset{ack.next()});
}

void Connection::result(const v1::Result& result) {
  const std::optional<LaneId> lane = lane_of(result);
  if (!lane) return abandon(options_.target + " reports on a lane that cannot be");
  const Delivery delivery = to_delivery(result.delivery());
  if (delivery == Delivery::kNotPersisted || delivery == Delivery::kPossiblyPersisted) hold_off();
  listener_->on_result(*lane, Offset{result.from()}, Offset{result.to()}, delivery, result.reason());
}

/// What was not taken is not sent again at once: a collector in trouble would be sent everything over and over.
void Connection::hold_off() {
  if (std::exchange(held_off_, true)) return;
  later(backoff_.next(), [this] { making_room([this] { held_off_ = false; }); });
}

void Connection::more_credit(std::uint64_t bytes) {
  making_room([this, bytes] {
    const auto most = static_cast<std::uint64_t>(INT64_MAX / 2);
    credit_bytes_ =
        std::min<std::int64_t>(credit_bytes_ + static_cast<std::int64_t>(std::min(bytes, most)), INT64_MAX / 2);
  });
}

void Connection::on_written() {
  if (can_send()) listener_->on_room();
}

void Connection::on_ended(const ::grpc::Status& status) {
  call_.reset();
  const bool was_connected = std::exchange(phase_, Phase::kAway) == Phase::kConnected;
  const std::string reason = abandoned_because_.empty() ? explain(status, options_) : abandoned_because_;
  retry(reason);
  if (was_connected) listener_->on_disconnected(reason);
}

bool Connection::can_send() const {
  return phase_ == Phase::kConnected && !held_off_ && credit_bytes_ > 0 &&
         call_->queued() < options_.max_queued_batches;
}

std::size_t Connection::send(const Batch& batch) {
  TIDEGATE_ASSERT(can_send(), "a batch without room for it");
  return send(batch.lane, batch.records);
}

std::size_t Connection::send(const LaneId& lane, std::span<const store::Record> records) {
  v1::FromGateway message;
  *message.mutable_batch() = encoder_.encode(lane, records);
  const v1::Batch& batch = message.batch();
  if (max_batch_bytes_ != 0 && batch.raw_bytes() > max_batch_bytes_) {
    if (records.size() > 1) {
      const std::size_t half = records.size() / 2;
      const std::size_t first_bytes = send(lane, records.first(half));
      return first_bytes + send(lane, records.subspan(half));
    }
    reject_too_large(lane, records.front().offset, batch.raw_bytes());
    return 0;
  }
  credit_bytes_ -= static_cast<std::int64_t>(batch.body().size());
  counters_.batches.add();
  counters_.records.add(records.size());
  return write(std::move(message));
}

void Connection::send_skip(const LaneId& lane, const store::Skip& skip) {
  if (phase_ != Phase::kConnected) return;
  v1::FromGateway message;
  *message.mutable_skip() = encode_skip(lane, skip);
  write(std::move(message));
}

void Connection::send_anchor(const TimeAnchor& anchor) {
  if (phase_ != Phase::kConnected) return;
  v1::FromGateway message;
  *message.mutable_anchor() = encode_anchor(anchor);
  write(std::move(message));
}

void Connection::close() {
  attempt_.reset();
  phase_ = Phase::kAway;
  words_ = "closed";
  if (call_ != nullptr) std::exchange(call_, nullptr)->close();
}

/// Ends the call for a reason of our own, which is then told instead of gRPC's.
void Connection::abandon(std::string reason) {
  abandoned_because_ = std::move(reason);
  call_->cancel();
}

void Connection::retry(const std::string& reason) {
  const std::chrono::milliseconds delay = backoff_.next();
  attempt_ = std::make_shared<const bool>(true);
  words_ = reason;
  events_.warning(
      "upstream.away",
      {{"upstream", options_.name}, {"reason", reason}, {"retry_ms", static_cast<std::uint64_t>(delay.count())}});
  later(delay, [this] {
    counters_.reconnects.add();
    connect();
  });
}

// The place of the record is named on the spot, so that the next batch follows without a gap; the listener hears of it
// after send(), as of any other result.
void Connection::reject_too_large(const LaneId& lane, Offset offset, std::uint32_t raw_bytes) {
  send_skip(lane, {offset, offset + 1, store::SkipReason::kRejected});
  reactor_([this, lane, offset, raw_bytes, attempt = std::weak_ptr<const bool>(attempt_)] {
    if (attempt.expired()) return;
    listener_->on_result(
        lane, offset, offset + 1, Delivery::kRejected,
        std::to_string(raw_bytes) + " bytes: the collector takes at most " + std::to_string(max_batch_bytes_));
  });
}

std::size_t Connection::write(v1::FromGateway message) {
  const std::size_t bytes = message.ByteSizeLong();
  counters_.bytes.add(bytes);
  call_->write(std::move(message));
  return bytes;
}

template <class Change>
void Connection::making_room(Change change) {
  const bool had_room = can_send();
  change();
  if (!had_room && can_send()) listener_->on_room();
}

template <class Action>
void Connection::later(std::chrono::milliseconds delay, Action action) {
  after_(delay, [action, attempt = std::weak_ptr<const bool>(attempt_)] {
    if (!attempt.expired()) action();
  });
}

}  // namespace tidegate::north
