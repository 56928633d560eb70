#include "tests/blockdev/write_log.hpp"

#include <gtest/gtest.h>

namespace tidegate::blockdev {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::uint64_t kMagic = 0x6a736677736872;

/// A log as QEMU writes it, one entry after the other.
class Log {
 public:
  explicit Log(std::uint64_t counted, std::uint32_t sector_bytes = kSector) {
    ByteWriter writer(bytes_);
    for (const std::uint64_t field : {kMagic, std::uint64_t{1}, counted}) writer.u64(field);
    writer.u32(sector_bytes);
    bytes_.resize(kSector);
  }

  Log& entry(std::uint64_t sector, std::uint64_t sectors, std::uint64_t flags) {
    ByteWriter writer(bytes_);
    for (const std::uint64_t field : {sector, sectors, flags, std::uint64_t{0}}) writer.u64(field);
    bytes_.resize((bytes_.size() + kSector - 1) / kSector * kSector);
    return *this;
  }
  Log& write(std::uint64_t sector, std::uint64_t sectors, char letter) {
    entry(sector, sectors, 0);
    bytes_.resize(bytes_.size() + sectors * kSector, static_cast<std::byte>(letter));
    return *this;
  }
  Log& flush() { return entry(0, 0, 1); }

  [[nodiscard]] Bytes all() const { return bytes_; }
  [[nodiscard]] Bytes without(std::size_t last) const { return Bytes(bytes_).first(bytes_.size() - last); }

 private:
  Buffer bytes_;
};

/// "w3:bb f": a write at sector 3 of two sectors of b, then a flush; "corrupt" for a log that cannot be read.
std::string read(Bytes log) {
  const auto record = parse_write_log(log);
  if (!record) return record.error().kind == ErrorKind::kCorrupt ? "corrupt" : record.error().message;
  std::string words;
  for (const Event& event : record->events()) {
    words += words.empty() ? "" : " ";
    if (event.kind == EventKind::kFlush) {
      words += "f";
      continue;
    }
    words += "w" + std::to_string(event.position / kSector) + ":";
    for (std::size_t at = 0; at < event.data.size(); at += kSector) words += static_cast<char>(event.data[at]);
  }
  return words;
}

TEST(WriteLog, HasTheWritesAndFlushesInOrder) {
  EXPECT_EQ(read(Log(4).write(3, 2, 'b').flush().write(8, 1, 'c').flush().all()), "w3:bb f w8:c f");
}

TEST(WriteLog, HasWhatWasWrittenBehindTheLastFlush) {
  EXPECT_EQ(read(Log(2).write(3, 1, 'b').flush().write(8, 1, 'c').all()), "w3:b f w8:c");
}

TEST(WriteLog, OfADeviceThatWasNeverFlushedHasNoSuperblock) {
  Buffer log(kSector);
  const Log entries = Log(0).write(3, 1, 'b');
  append(log, entries.all().subspan(kSector));
  EXPECT_EQ(read(log), "w3:b");
  EXPECT_EQ(read({}), "");
}

TEST(WriteLog, EndsWhereQemuWasKilledInTheMiddle) {
  const Log log = Log(2).write(3, 1, 'b').flush().write(8, 2, 'c');
  EXPECT_EQ(read(log.without(1)), "w3:b f") << "an entry that is cut off";
  EXPECT_EQ(read(log.without(2 * kSector + 1)), "w3:b f") << "a head that is cut off";
  EXPECT_EQ(read(Log(2).write(3, 1, 'b').flush().entry(0, 0, 0).write(8, 1, 'c').all()), "w3:b f") << "a hole";
}

TEST(WriteLog, DoesNotCountAFlushThatWasNotAnswered) {
  EXPECT_EQ(read(Log(2).write(3, 1, 'b').flush().write(8, 1, 'c').flush().write(9, 1, 'd').all()), "w3:b f w8:c w9:d");
}

TEST(WriteLog, ThatLacksWhatItsSuperblockCountsIsCorrupt) {
  EXPECT_EQ(read(Log(3).write(3, 1, 'b').flush().all()), "corrupt");
  EXPECT_EQ(read(Log(2).write(3, 1, 'b').entry(0, 0, 0).all()), "corrupt");
  EXPECT_EQ(read(Log(1).entry(3, std::uint64_t{1} << 60, 0).all()), "corrupt");
}

TEST(WriteLog, WithADiscardOrOtherSectorsIsNotUnderstood) {
  EXPECT_EQ(read(Log(1).entry(3, 1, 4).all()), "corrupt");
  EXPECT_EQ(read(Log(0, 4096).all()), "corrupt");
  EXPECT_EQ(read(as_bytes("something else")), "corrupt");
}

}  // namespace
}  // namespace tidegate::blockdev
