#include "gateway/store/record_batch.hpp"

#include "gateway/store/format.hpp"

namespace tidegate::store {

Result<void> RecordBatch::add_run(Offset first, std::uint32_t count, std::shared_ptr<const Buffer> run,
                                  std::size_t max_bytes) {
  RecordReader reader(*run);
  Message message;
  for (std::uint32_t i = 0; i < count && !full(max_bytes); ++i) {
    if (!reader.next(message)) return Error{ErrorKind::kCorrupt, "a run of records ends before its last record"};
    const Offset offset = first + i;
    if (offset < next) continue;
    records.push_back({offset, reader.boot(), message});
    next = offset + 1;
    bytes_ += message.topic.size() + message.client.size() + message.payload.size() + message.properties.size();
  }
  memory.push_back(std::move(run));
  return {};
}

Result<RecordBatch> decode(ReadResult found, Offset from) {
  RecordBatch batch;
  batch.next = from;
  for (Section& section : found.sections) {
    auto run = std::make_shared<const Buffer>(std::move(section.records));
    batch.next = section.first;  // what lies before it is named by a skip
    if (auto added = batch.add_run(section.first, section.count, std::move(run), SIZE_MAX); !added)
      return added.error();
  }
  batch.skips = std::move(found.skips);
  batch.next = found.next;
  return batch;
}

}  // namespace tidegate::store
