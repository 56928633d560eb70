#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/backoff.hpp"
#include "gateway/north/kafka/kafka_upstream.hpp"
#include "gateway/north/kafka/producer.hpp"
#include "gateway/north/kafka/window.hpp"
#include "gateway/north/upstream_counters.hpp"

namespace tidegate::north {

/// What make_kafka_upstream() makes, in a header of its own so that its users do not compile librdkafka: one producer
/// after another, each fed within the bounds. Reactor only.
///
/// Kafka tells of a batch that it refuses, not of the record in it that is the reason, and stops the producer. All
/// records of that batch are then suspects: until they are confirmed, the next producer is given one record at a time,
/// so that the one that is refused is known, and what follows it still follows it.
class KafkaSession final : public Upstream, private ProducerListener {
 public:
  KafkaSession(KafkaOptions options, Disk& disk, Executor reactor, AfterTimer after, Random& random, EventLog& events,
               Metrics& metrics);
  ~KafkaSession() override;

  void start(UpstreamListener& listener) override;
  [[nodiscard]] bool can_send() const override;
  std::size_t send(const Batch& batch) override;
  void send_skip(const LaneId& lane, const store::Skip& skip) override;
  /// Nothing: each message with a good time is an anchor, by its header `boot`.
  void send_anchor(const TimeAnchor&) override {}
  void close() override;
  [[nodiscard]] std::string state() const override { return words_; }

 private:
  /// A record that waits for its turn: everything about it, owned.
  struct Waiting {
    Window::Entry entry;
    Producer::Outgoing message;
    Buffer payload;
  };
  void make_producer();
  void on_reachable() override;
  void on_unreachable(const std::string& reason) override;
  void on_reports(const std::vector<Report>& reports) override;
  void on_drained(const std::string& reason) override;
  void on_retired() override;

  [[nodiscard]] bool careful() const { return !suspects_.empty(); }
  bool produce(const Window::Entry& entry, const Producer::Outgoing& message);
  void feed();
  void failed(const Window::Entry& entry, rd_kafka_resp_err_t error);
  void reject(const LaneId& lane, Offset offset, const std::string& reason);
  void confirm();
  void retire_producer();
  void start_over(const std::string& reason);
  template <class Action>
  void later(std::chrono::milliseconds delay, Action action);

  KafkaOptions options_;
  Disk& disk_;
  Executor reactor_;
  AfterTimer after_;
  EventLog& events_;
  UpstreamCounters counters_;
  Backoff backoff_;
  std::optional<KafkaMapping> mapping_;
  UpstreamListener* listener_ = nullptr;

  std::unique_ptr<Producer> producer_;
  std::vector<std::unique_ptr<Producer>> retired_;  // until their threads have ended
  std::shared_ptr<const bool> open_;                // timers and posted functions find it gone after close()

  Window window_;
  std::deque<Waiting> waiting_;                   // at most one batch
  std::set<std::pair<LaneId, Offset>> suspects_;  // of batches that were refused
  bool connected_ = false;                        // the listener was told so
  bool failing_ = false;                          // this producer is being drained
  bool keep_ = false;  // what is under way is one record whose fate is known: nothing has to be sent again
  std::string words_ = "not started";
};

}  // namespace tidegate::north
