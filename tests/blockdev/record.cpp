#include "tests/blockdev/record.hpp"

#include <cstdlib>

#include "gateway/base/assert.hpp"
#include "gateway/base/disk.hpp"

namespace tidegate::blockdev {

// An event is a kind (1 byte), a client (4), a position or the number of a message (8), a length (4), and that many
// bytes.
void encode(const Event& event, Buffer& out) {
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(event.kind));
  writer.u32(event.message.client);
  writer.u64(event.kind == EventKind::kAcknowledged ? event.message.number : event.position);
  writer.u32(static_cast<std::uint32_t>(event.data.size()));
  writer.raw(event.data);
}

RecordWriter::RecordWriter(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
  TIDEGATE_ASSERT(file_ != nullptr, path);
}

void RecordWriter::add(const Event& event) {
  Buffer bytes;
  encode(event, bytes);
  const std::size_t written = std::fwrite(bytes.data(), 1, bytes.size(), file_.get());
  TIDEGATE_ASSERT(written == bytes.size(), "the record cannot be written");
}

Result<Record> Record::parse(Buffer bytes) {
  Record record;
  record.bytes_ = std::move(bytes);
  ByteReader in(record.bytes_);
  while (!in.at_end()) {
    Event event;
    event.kind = static_cast<EventKind>(in.u8());
    event.message.client = in.u32();
    event.message.number = event.position = in.u64();
    event.data = in.raw(in.u32());
    record.events_.push_back(event);
  }
  if (!in.ok()) return Error{ErrorKind::kCorrupt, "the record ends inside an event"};
  return record;
}

Result<Record> Record::load(const std::string& path) {
  auto bytes = read_whole(path);
  if (!bytes) return bytes.error();
  return parse(std::move(*bytes));
}

Result<Buffer> read_whole(const std::string& path) {
  SystemDisk disk;
  const auto file = disk.open(path, OpenMode::kRead);
  if (!file) return file.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  Buffer bytes(*size);
  if (const auto got = (*file)->read_at(0, bytes); !got) return got.error();
  return bytes;
}

}  // namespace tidegate::blockdev
