#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "gateway/store/message.hpp"

namespace tidegate::bench {

/// One message, and where it belongs: offsets of a stream are given out one after another from 0.
struct Item {
  std::uint16_t stream = 0;
  std::uint64_t offset = 0;
  store::Message message;
};

inline constexpr std::uint16_t kStreams = 5;

/// Something that keeps messages until they are confirmed: the store, or a database in its place. A failure ends the
/// program.
class Subject {
 public:
  Subject() = default;
  virtual ~Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  /// Stores all of them, durably when this returns. With `confirmed`, everything of stream 0 before that offset is
  /// given up in the same commit, and the position kept.
  virtual void commit(std::span<const Item> items, std::optional<std::uint64_t> confirmed) = 0;

  /// Reads the oldest message of stream 0: false if there is none.
  virtual bool read_oldest() = 0;

  /// How often the subject read its files while it was opened; nothing if it does not tell.
  [[nodiscard]] virtual std::optional<std::uint64_t> reads_of_open() const { return {}; }
};

/// Each opens what is in the directory, or makes it; all write through to the disk at each commit and are otherwise as
/// their defaults leave them.
std::unique_ptr<Subject> open_tidegate(const std::string& directory);
std::unique_ptr<Subject> open_tidegate_zstd(const std::string& directory);  ///< store.compression = "zstd".
std::unique_ptr<Subject> open_sqlite(const std::string& directory);         ///< WAL, synchronous=FULL.
std::unique_ptr<Subject> open_lmdb(const std::string& directory);           ///< A map of 512 MiB.
std::unique_ptr<Subject> open_rocksdb(const std::string& directory);        ///< WriteOptions::sync.
std::unique_ptr<Subject> open_leveldb(const std::string& directory);        ///< The same.

/// What a database keeps a message under, in order of stream and offset: 10 bytes, big-endian.
std::string key_of(std::uint16_t stream, std::uint64_t offset);
/// And what it keeps: the fields of a record of the store (FORMAT.md), complete in each.
std::string value_of(const store::Message& message);

/// Prints the words and ends the program.
[[noreturn]] void give_up(const std::string& words);

}  // namespace tidegate::bench
