#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gateway/base/event_log.hpp"
#include "gateway/base/executor.hpp"
#include "gateway/base/result.hpp"
#include "gateway/north/kafka/kafka_upstream.hpp"
#include "gateway/north/kafka/mapping.hpp"
#include "gateway/north/kafka/window.hpp"

namespace tidegate::north {

/// What became of one message.
struct Report {
  Window::Ticket ticket;
  rd_kafka_resp_err_t error;
};

/// What a producer tells; all on the reactor.
class ProducerListener {
 public:
  virtual ~ProducerListener() = default;
  /// A broker answers, for the first time or again.
  virtual void on_reachable() = 0;
  virtual void on_unreachable(const std::string& reason) = 0;
  virtual void on_reports(const std::vector<Report>& reports) = 0;
  /// It can not go on, or was told to drain(): every report that will come has come.
  virtual void on_drained(const std::string& reason) = 0;
  /// Its thread has let go of librdkafka, after retire().
  virtual void on_retired() = 0;
};

/// One life of librdkafka's idempotent producer, and the thread that takes its events.
///
/// Threads: every call from the reactor. Lifetime: retire(), then destruction, which waits for the thread (at most
/// about two seconds; not at all after on_retired()).
class Producer {
 public:
  enum class Taken { kYes, kQueueFull, kRejected };
  struct Outgoing {
    std::string topic;
    std::string key;
    KafkaHeaders headers;
    Bytes payload;
  };

  /// kInvalid, kNotFound: a setting or a file that librdkafka does not take. `careful`: each message is sent at once.
  static Result<std::unique_ptr<Producer>> make(const KafkaOptions& options, Disk& disk, bool careful, Executor reactor,
                                                EventLog& events, ProducerListener& listener);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  /// Copies the message. kRejected: it is too large for what this producer may send, or its topic can not be.
  Taken produce(const Outgoing& message, Window::Ticket ticket, rd_kafka_resp_err_t& error);
  /// Gives up what is under way; on_drained() follows.
  void drain();
  /// No call of the listener from here on but on_retired().
  void retire();
  /// Its thread has ended: destruction does not wait.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  Producer(rd_kafka_t* kafka, KafkaOptions options, Executor reactor, EventLog& events, ProducerListener& listener);
  void run();
  void handle(rd_kafka_event_t* event);
  void report(rd_kafka_event_t* event);
  void handle_error(rd_kafka_event_t* event);
  void probe();
  void drain_now();
  void note(const std::string& reason);
  template <class Act>
  void post(Act act);

  rd_kafka_t* const kafka_;
  rd_kafka_queue_t* const queue_;
  const KafkaOptions options_;
  const Executor reactor_;
  EventLog& events_;
  ProducerListener& listener_;

  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // posted functions find it gone
  const std::weak_ptr<const bool> life_{alive_};
  std::atomic<bool> retired_{false};
  std::atomic<bool> drain_{false};
  std::atomic<bool> ended_{false};

  // Of the thread.
  bool reachable_ = false;
  bool drained_ = false;
  std::string reason_;
  std::thread thread_;
};

}  // namespace tidegate::north
