#include "gateway/store/commit_queue.hpp"

#include <algorithm>

namespace tidegate::store {

Ticket CommitQueue::append(StreamIndex stream, const Message& message, Monotonic due) {
  const std::size_t bound = encoded_bound(message);
  Part& part = part_for(bound);
  RecordWriter& run = part.runs[stream.value];
  if (run.count() == 0) part.firsts[stream.value] = next_[stream.value];
  const std::size_t before = run.size();
  run.add(message);
  const std::size_t bytes = run.size() - before;

  next_[stream.value] = next_[stream.value] + 1;
  part.bytes += bytes;
  part.charged += bytes + kOwedBytes;
  part.stream_bytes[stream.value] += bytes + kOwedBytes;
  part.due = std::min(part.due, due);
  part.last = {++last_.value};
  waiting_bytes_ += bytes + kOwedBytes;
  stream_bytes_[stream.value] += bytes + kOwedBytes;
  return last_;
}

std::optional<Monotonic> CommitQueue::due() const {
  if (parts_.empty()) return std::nullopt;
  return parts_.size() > 1 ? Monotonic{} : parts_.front().due;
}

std::optional<CommitQueue::Part> CommitQueue::take() {
  if (parts_.empty()) return std::nullopt;
  Part part = std::move(parts_.front());
  parts_.pop_front();
  return part;
}

void CommitQueue::done(const Part& part) {
  waiting_bytes_ -= part.charged;
  for (std::size_t i = 0; i < stream_bytes_.size(); ++i) stream_bytes_[i] -= part.stream_bytes[i];
}

std::size_t CommitQueue::encoded_bound(const Message& message) {
  constexpr std::size_t kRecordOverhead = 64;
  return message.topic.size() + message.client.size() + message.payload.size() + message.properties.size() +
         kRecordOverhead;
}

CommitQueue::Part& CommitQueue::part_for(std::size_t bytes) {
  if (parts_.empty() || parts_.back().bytes + bytes > kPartBytes) {
    Part& part = parts_.emplace_back();
    part.runs.assign(next_.size(), RecordWriter(boot_));
    part.firsts.resize(next_.size());
    part.stream_bytes.resize(next_.size());
    part.due = Monotonic::max();
  }
  return parts_.back();
}

}  // namespace tidegate::store
