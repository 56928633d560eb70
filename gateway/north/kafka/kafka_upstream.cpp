#include "gateway/north/kafka/kafka_upstream.hpp"

#include <utility>

#include "gateway/base/assert.hpp"
#include "gateway/north/kafka/session.hpp"

namespace tidegate::north {

KafkaUpstream::KafkaUpstream(KafkaOptions options, Disk& disk, Executor reactor, AfterTimer after, Random& random,
                             EventLog& events, Metrics& metrics)
    : session_(std::make_unique<KafkaSession>(std::move(options), disk, std::move(reactor), std::move(after), random,
                                              events, metrics)) {}

KafkaUpstream::~KafkaUpstream() = default;

void KafkaUpstream::start(UpstreamListener& listener) { session_->start(listener); }

bool KafkaUpstream::can_send() const { return session_->can_send(); }

std::size_t KafkaUpstream::send(const Batch& batch) {
  TIDEGATE_ASSERT(can_send(), "a batch without room for it");
  return session_->send(batch);
}

void KafkaUpstream::send_skip(const LaneId& lane, const store::Skip& skip) { session_->send_skip(lane, skip); }

void KafkaUpstream::close() { session_->close(); }

std::string KafkaUpstream::state() const { return session_->state(); }

}  // namespace tidegate::north
