#include "gateway/north/kafka/session.hpp"

#include <algorithm>

#include "gateway/base/assert.hpp"
#include "gateway/north/kafka/explain.hpp"

namespace tidegate::north {

std::unique_ptr<Upstream> make_kafka_upstream(KafkaOptions options, Disk& disk, Executor reactor, AfterTimer after,
                                              Random& random, EventLog& events, Metrics& metrics) {
  return std::make_unique<KafkaSession>(std::move(options), disk, std::move(reactor), std::move(after), random, events,
                                        metrics);
}

KafkaSession::KafkaSession(KafkaOptions options, Disk& disk, Executor reactor, AfterTimer after, Random& random,
                           EventLog& events, Metrics& metrics)
    : options_(std::move(options)),
      disk_(disk),
      reactor_(std::move(reactor)),
      after_(std::move(after)),
      events_(events),
      counters_(metrics, options_.name),
      backoff_(options_.backoff_min, options_.backoff_max, random) {}

KafkaSession::~KafkaSession() { TIDEGATE_ASSERT(producer_ == nullptr, "destroyed without close()"); }

void KafkaSession::start(UpstreamListener& listener) {
  listener_ = &listener;
  open_ = std::make_shared<const bool>(true);
  auto mapping = KafkaMapping::make(options_.topic, options_.key);
  if (!mapping) {
    words_ = mapping.error().message;
    return;
  }
  mapping_ = *std::move(mapping);
  make_producer();
}

void KafkaSession::make_producer() {
  words_ = "connecting to " + options_.brokers;
  failing_ = false;
  auto made = Producer::make(options_, disk_, careful(), reactor_, events_, *this);
  if (made) {
    producer_ = *std::move(made);
    return;
  }
  words_ = made.error().message;
  events_.warning("upstream.away", {{"upstream", options_.name}, {"reason", words_}});
  later(backoff_.next(), [this] { make_producer(); });
}

void KafkaSession::on_reachable() {
  if (failing_) return;  // a producer that is being drained
  words_ = "connected";
  events_.info("upstream.connected", {{"upstream", options_.name}, {"target", options_.brokers}});
  if (std::exchange(connected_, true)) {
    feed();
    if (can_send()) listener_->on_room();
  } else {
    listener_->on_connected({});
  }
}

// librdkafka keeps what it has been given and sends it when a broker is back, in order: nothing has to be sent again.
void KafkaSession::on_unreachable(const std::string& reason) {
  if (words_ == reason) return;
  words_ = reason;
  events_.warning("upstream.away", {{"upstream", options_.name}, {"reason", reason}});
}

bool KafkaSession::can_send() const {
  return connected_ && producer_ != nullptr && !failing_ && waiting_.empty() &&
         window_.size() < options_.max_queued_messages && window_.bytes() < options_.max_queued_bytes;
}

std::size_t KafkaSession::send(const Batch& batch) {
  TIDEGATE_ASSERT(can_send(), "a batch without room for it");
  std::size_t bytes = 0;
  for (const store::Record& record : batch.records) {
    Producer::Outgoing message{mapping_->topic(record.message.topic), mapping_->key(record.message.topic),
                               kafka_headers(options_.gateway_id, batch.lane, record), record.message.payload};
    std::size_t size = message.topic.size() + message.key.size() + message.payload.size();
    for (const auto& [name, value] : message.headers) size += name.size() + value.size();
    bytes += size;
    const Window::Entry entry{batch.lane, record.offset, record.offset + 1, size, false};
    if (waiting_.empty() && produce(entry, message)) continue;
    Waiting& waiting = waiting_.emplace_back(Waiting{entry, std::move(message), {}});
    append(waiting.payload, record.message.payload);
  }
  counters_.batches.add();
  counters_.records.add(batch.records.size());
  counters_.bytes.add(bytes);
  return bytes;
}

void KafkaSession::send_skip(const LaneId& lane, const store::Skip& skip) {
  if (skip.reason == store::SkipReason::kRejected) {
    if (!window_.confirm(lane, skip.from, skip.to)) return;  // it is sent again, and will be refused again
  } else {
    window_.add({lane, skip.from, skip.to, 0, true});
  }
  std::erase_if(suspects_, [&](const auto& suspect) {
    return suspect.first == lane && suspect.second >= skip.from && suspect.second < skip.to;
  });
  // The listener is not called from inside its own call.
  reactor_([this, open = std::weak_ptr<const bool>(open_)] {
    if (!open.expired()) confirm();
  });
}

/// False: not now.
bool KafkaSession::produce(const Window::Entry& entry, const Producer::Outgoing& message) {
  if (producer_ == nullptr || failing_ || (careful() && window_.open() > 0)) return false;
  // The ticket goes with the message, so the place in the window is taken first.
  const Window::Ticket ticket = window_.add(entry);
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  switch (producer_->produce(message, ticket, error)) {
    case Producer::Taken::kYes: return true;
    case Producer::Taken::kRejected: reject(entry.lane, entry.from, explain_kafka(error, {}, options_)); return true;
    case Producer::Taken::kQueueFull: break;
  }
  window_.take_back();
  return false;
}

void KafkaSession::feed() {
  while (!waiting_.empty()) {
    Waiting& next = waiting_.front();
    next.message.payload = next.payload;
    if (!produce(next.entry, next.message)) return;
    waiting_.pop_front();
  }
}

void KafkaSession::on_reports(const std::vector<Report>& reports) {
  for (const Report& report : reports) {
    const Window::Entry* const entry = window_.find(report.ticket);
    if (entry == nullptr) continue;
    if (report.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      suspects_.erase({entry->lane, entry->from});
      window_.confirm(report.ticket);
      backoff_.reset();
    } else {
      failed(*entry, report.error);
    }
  }
  confirm();
}

void KafkaSession::failed(const Window::Entry& entry, rd_kafka_resp_err_t error) {
  const std::string reason = explain_kafka(error, {}, options_);
  if (kafka_delivery(error) == Delivery::kRejected) {
    if (careful() && window_.open() == 1 && !failing_) {
      keep_ = true;
      reject(entry.lane, entry.from, reason);
    } else {
      suspects_.emplace(entry.lane, entry.from);
    }
  }
  if (std::exchange(failing_, true)) return;
  if (!keep_) events_.warning("kafka.producer_failed", {{"upstream", options_.name}, {"reason", reason}});
  words_ = reason;
  producer_->drain();
}

// Told after send(), as any other result.
void KafkaSession::reject(const LaneId& lane, Offset offset, const std::string& reason) {
  reactor_([this, lane, offset, reason, open = std::weak_ptr<const bool>(open_)] {
    if (!open.expired()) listener_->on_result(lane, offset, offset + 1, Delivery::kRejected, reason);
  });
}

void KafkaSession::confirm() {
  const std::map<LaneId, Offset> moved = window_.settle();
  feed();
  for (const auto& [lane, next] : moved) listener_->on_acknowledged(lane, next);
  if (can_send()) listener_->on_room();
}

void KafkaSession::on_drained(const std::string& reason) {
  retire_producer();
  counters_.reconnects.add();
  // One record is known to be refused and the rest waits here: the next producer goes on with it.
  if (std::exchange(keep_, false)) return make_producer();
  start_over(reason.empty() ? words_ : reason);
}

void KafkaSession::start_over(const std::string& reason) {
  window_.clear();
  waiting_.clear();
  words_ = reason;
  const std::chrono::milliseconds delay = careful() ? options_.backoff_min : backoff_.next();
  events_.warning(
      "upstream.away",
      {{"upstream", options_.name}, {"reason", reason}, {"retry_ms", static_cast<std::uint64_t>(delay.count())}});
  later(delay, [this] { make_producer(); });
  if (std::exchange(connected_, false)) listener_->on_disconnected(reason);
}

void KafkaSession::retire_producer() {
  producer_->retire();
  retired_.push_back(std::move(producer_));
}

void KafkaSession::on_retired() {
  std::erase_if(retired_, [](const std::unique_ptr<Producer>& producer) { return producer->ended(); });
}

void KafkaSession::close() {
  open_.reset();
  connected_ = false;
  words_ = "closed";
  if (producer_ != nullptr) retire_producer();
  retired_.clear();
  window_.clear();
  waiting_.clear();
}

template <class Action>
void KafkaSession::later(std::chrono::milliseconds delay, Action action) {
  after_(delay, [action, open = std::weak_ptr<const bool>(open_)] {
    if (!open.expired()) action();
  });
}

}  // namespace tidegate::north
