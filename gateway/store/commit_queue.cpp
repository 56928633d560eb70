#include "gateway/store/commit_queue.hpp"

#include <algorithm>

namespace tidegate::store {

Ticket CommitQueue::append(std::span<const Entry> group, Monotonic due) {
  Part& part = part_for(encoded_bound(group));
  for (const Entry& entry : group) add(part, entry);
  part.due = std::min(part.due, due);
  part.last = {++last_.value};
  return last_;
}

void CommitQueue::add(Part& part, const Entry& entry) {
  const std::size_t stream = entry.stream.value;
  RecordWriter& run = part.runs[stream];
  if (run.count() == 0) part.firsts[stream] = next_[stream];
  const std::size_t before = run.size();
  run.add(entry.message);
  const std::size_t bytes = run.size() - before;

  next_[stream] = next_[stream] + 1;
  part.bytes += bytes;
  part.charged += bytes + kOwedBytes;
  part.stream_bytes[stream] += bytes + kOwedBytes;
  waiting_bytes_ += bytes + kOwedBytes;
  stream_bytes_[stream] += bytes + kOwedBytes;
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

std::size_t CommitQueue::encoded_bound(std::span<const Entry> group) {
  std::size_t bytes = 0;
  for (const Entry& entry : group) bytes += encoded_bound(entry.message);
  return bytes;
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
