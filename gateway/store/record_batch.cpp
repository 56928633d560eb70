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

}  // namespace tidegate::store
