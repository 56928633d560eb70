#include "gateway/north/kafka/producer.hpp"

#include <array>
#include <chrono>
#include <utility>

#include "gateway/north/kafka/explain.hpp"
#include "gateway/north/kafka/producer_config.hpp"

namespace tidegate::north {
namespace {

constexpr int kProbeMs = 1000;   // one question to a broker: what bounds close() while it is away
constexpr int kIdleMs = 60'000;  // a retired producer is woken by rd_kafka_queue_yield()
constexpr std::chrono::seconds kDrain{2};

}  // namespace

Result<std::unique_ptr<Producer>> Producer::make(const KafkaOptions& options, Disk& disk, bool careful,
                                                 Executor reactor, EventLog& events, ProducerListener& listener) {
  auto conf = producer_config(options, disk, careful);
  if (!conf) return conf.error();
  std::array<char, 256> why{};
  rd_kafka_t* const kafka = rd_kafka_new(RD_KAFKA_PRODUCER, *conf, why.data(), why.size());
  if (kafka == nullptr) {
    rd_kafka_conf_destroy(*conf);
    return Error{ErrorKind::kInvalid, why.data()};
  }
  return std::unique_ptr<Producer>(new Producer(kafka, options, std::move(reactor), events, listener));
}

Producer::Producer(rd_kafka_t* kafka, KafkaOptions options, Executor reactor, EventLog& events,
                   ProducerListener& listener)
    : kafka_(kafka),
      queue_(rd_kafka_queue_get_main(kafka)),
      options_(std::move(options)),
      reactor_(std::move(reactor)),
      events_(events),
      listener_(listener),
      thread_([this] { run(); }) {}

Producer::~Producer() {
  retire();
  thread_.join();
}

Producer::Taken Producer::produce(const Outgoing& message, Window::Ticket ticket, rd_kafka_resp_err_t& error) {
  rd_kafka_headers_t* const headers = rd_kafka_headers_new(message.headers.size());
  for (const auto& [name, value] : message.headers)
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  std::array<rd_kafka_vu_t, 6> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  parts[0].u.cstr = message.topic.c_str();
  parts[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[1].u.i = RD_KAFKA_MSG_F_COPY;
  // The API takes bytes without const; with this flag it copies them.
  parts[2].vtype = RD_KAFKA_VTYPE_KEY;
  parts[2].u.mem = {const_cast<char*>(message.key.data()), message.key.size()};
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  // Without an address Kafka would hold no payload (a tombstone) instead of an empty one.
  static constexpr std::byte kEmpty{};
  const std::byte* const payload = message.payload.empty() ? &kEmpty : message.payload.data();
  parts[3].u.mem = {const_cast<std::byte*>(payload), message.payload.size()};
  parts[4].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[4].u.headers = headers;
  parts[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[5].u.ptr = reinterpret_cast<void*>(ticket);
  rd_kafka_error_t* const refused = rd_kafka_produceva(kafka_, parts.data(), parts.size());
  error = rd_kafka_error_code(refused);
  if (refused != nullptr) rd_kafka_error_destroy(refused);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return Taken::kYes;
  rd_kafka_headers_destroy(headers);
  return kafka_delivery(error) == Delivery::kRejected ? Taken::kRejected : Taken::kQueueFull;
}

void Producer::drain() {
  drain_ = true;
  rd_kafka_queue_yield(queue_);
}

void Producer::retire() {
  if (retired_.exchange(true)) return;
  rd_kafka_queue_yield(queue_);
}

void Producer::run() {
  rd_kafka_set_log_queue(kafka_, queue_);
  while (!retired_) {
    if (drain_ && !drained_) drain_now();
    if (!reachable_ && !drain_) probe();
    if (retired_) break;
    if (rd_kafka_event_t* const event = rd_kafka_queue_poll(queue_, reachable_ ? kIdleMs : kProbeMs / 4)) handle(event);
  }
  rd_kafka_purge(kafka_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
  rd_kafka_queue_destroy(queue_);
  rd_kafka_destroy_flags(kafka_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  ended_ = true;
  reactor_([life = life_, &listener = listener_] {
    if (!life.expired()) listener.on_retired();
  });
}

void Producer::handle(rd_kafka_event_t* event) {
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR: report(event); break;
    case RD_KAFKA_EVENT_ERROR: handle_error(event); break;
    case RD_KAFKA_EVENT_LOG: {
      const char* facility = nullptr;
      const char* text = nullptr;
      int level = 0;
      if (rd_kafka_event_log(event, &facility, &text, &level) == 0)
        events_.debug("kafka.library", {{"upstream", options_.name}, {"facility", facility}, {"text", text}});
      break;
    }
    default: break;
  }
  rd_kafka_event_destroy(event);
}

void Producer::report(rd_kafka_event_t* event) {
  std::vector<const rd_kafka_message_t*> messages(rd_kafka_event_message_count(event));
  messages.resize(rd_kafka_event_message_array(event, messages.data(), messages.size()));
  std::vector<Report> reports;
  reports.reserve(messages.size());
  for (const rd_kafka_message_t* message : messages)
    reports.push_back({reinterpret_cast<Window::Ticket>(message->_private), message->err});
  post([reports = std::move(reports)](ProducerListener& listener) { listener.on_reports(reports); });
}

void Producer::handle_error(rd_kafka_event_t* event) {
  rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  std::string detail = rd_kafka_event_error_string(event);
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, 256> why{};
    error = rd_kafka_fatal_error(kafka_, why.data(), why.size());
    reason_ = explain_kafka(error, why.data(), options_);
    drain_ = true;
    return;
  }
  const std::string reason = explain_kafka(error, detail, options_);
  // The one about all brokers says least; what it follows says why.
  const bool why_known = error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !reason_.empty();
  if (!why_known) reason_ = reason;
  const bool away = error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || error == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
                    error == RD_KAFKA_RESP_ERR__SSL;
  if (away) reachable_ = false;
  if (away || !reachable_) note(reason_);
}

// Kafka has no greeting: a broker that answers a question about the cluster is there, and has let us in.
void Producer::probe() {
  const struct rd_kafka_metadata* metadata = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(kafka_, 0, nullptr, &metadata, kProbeMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (reason_.empty()) note(explain_kafka(error, {}, options_));
    return;
  }
  rd_kafka_metadata_destroy(metadata);
  reachable_ = true;
  reason_.clear();
  post([](ProducerListener& listener) { listener.on_reachable(); });
}

void Producer::drain_now() {
  drained_ = true;
  rd_kafka_purge(kafka_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const auto deadline = std::chrono::steady_clock::now() + kDrain;
  while (!retired_ && rd_kafka_outq_len(kafka_) > 0 && std::chrono::steady_clock::now() < deadline)
    if (rd_kafka_event_t* const event = rd_kafka_queue_poll(queue_, 10)) handle(event);
  post([reason = reason_](ProducerListener& listener) { listener.on_drained(reason); });
}

void Producer::note(const std::string& reason) {
  post([reason](ProducerListener& listener) { listener.on_unreachable(reason); });
}

template <class Act>
void Producer::post(Act act) {
  if (retired_) return;
  reactor_([act = std::move(act), life = life_, this] {
    if (!life.expired() && !retired_) act(listener_);
  });
}

}  // namespace tidegate::north
