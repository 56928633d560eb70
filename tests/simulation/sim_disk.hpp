#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/disk.hpp"
#include "tests/simulation/sim_entries.hpp"

namespace tidegate::simulation {

/// What a call asks of the disk. Every kind can be made to fail.
enum class Call {
  kRead,
  kSize,
  kWrite,
  kSyncData,
  kOpen,         ///< To read.
  kOpenToWrite,  ///< To read and write, as it is.
  kCreate,       ///< A file; truncates it if it is there.
  kRename,
  kRemove,
  kCreateDirectory,
  kList,
  kSyncDirectory,
  kFreeBytes,
};
inline constexpr std::size_t kCalls = 13;

/// A flush that the program under test asks for. A mutant leaves some of them out.
struct Flush {
  std::string path;
  bool of_directory = false;
  std::uint64_t lowest = UINT64_MAX;  ///< First unsynced byte of the file.
  std::uint64_t highest = 0;          ///< One past the last unsynced byte.
  bool grows = false;                 ///< The file's size is unsynced as well.
  bool inherited = false;  ///< Nothing was written since the file was opened: the bytes are an earlier program's.
};

/// What a mutant makes of a flush: it returns ok and has stored nothing, or all but the bytes of [from, to).
struct LeftOut {
  std::uint64_t from = 0;
  std::uint64_t to = UINT64_MAX;
};
using Mutation = std::function<std::optional<LeftOut>(const Flush&)>;

struct SimDiskOptions {
  std::uint64_t seed = 0;
  std::size_t page_bytes = 4096;  ///< Of the flash: what a cut destroys.
  Mutation mutation = {};         ///< Empty: an honest disk.
  bool repeat_flushes = false;  ///< A flush that failed is tried again at once, as a mutant of the program would do it.
  std::ostream* trace = nullptr;  ///< Where each call is written to.
};

/// What was asked of the disk so far.
struct DiskCounters {
  std::uint64_t calls = 0;
  std::uint64_t reads = 0;
  std::uint64_t flushes = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t faults = 0;           ///< Calls that were made to fail.
  std::uint64_t hopeful_flushes = 0;  ///< A File's sync_data right after a failed one, with nothing written in between.
  std::uint64_t growing_flushes = 0;  ///< A sync_data that had to store a new size beside bytes that are not zero.
};

/// A disk in memory whose power can be cut inside any call, and whose calls can be made to fail.
///
/// It keeps or loses, each by chance for itself and in any order: every unsynced sector, every unsynced size of a file,
/// and every entry of a directory that was created, renamed or removed since sync_directory. It destroys flash pages
/// that were being written, with all they held, and no others. What was synced stays (unless it shares such a page).
///
/// A write is now and then taken in two parts, as a short write(2) that the caller goes on with: the power may go, or
/// the call fail, between them. A flush that fails leaves lost bytes that count as clean, as Linux does it: the next
/// flush returns ok, and the cache shows them for a while. One thread; File objects must not outlive it.
class SimDisk final : public Disk {
 public:
  explicit SimDisk(SimDiskOptions options);
  ~SimDisk() override;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> create_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;

  /// The power goes during the `calls`-th call from now (1: the next one). From then on every call fails.
  void cut_within(std::uint64_t calls) { cut_at_ = counters_.calls + calls; }
  void cancel_cut() { cut_at_.reset(); }
  [[nodiscard]] bool powered() const { return powered_; }
  /// The power is there again. What was open is closed for good.
  void restore_power();
  /// It was the program alone that ended inside the call: its files are closed, and nothing else is lost.
  void restart_program();

  /// The `after`-th call of this kind from now fails once with `kind`.
  void fail_once(Call call, std::uint64_t after, ErrorKind kind = ErrorKind::kIo);
  void forget_faults() { faults_.clear(); }
  /// While false, every read fails: the device does not answer.
  void set_readable(bool readable) { readable_ = readable; }
  /// While true, whatever would change something fails with kReadOnly, a flush only if there is something to flush: a
  /// file system that has met an error. What was written before may yet be lost or kept.
  void set_read_only(bool read_only) { read_only_ = read_only; }
  /// Files together hold at most this many bytes.
  void set_capacity(std::uint64_t bytes);
  /// Whether the capacity ever was less than endless.
  [[nodiscard]] bool was_limited() const { return was_limited_; }
  [[nodiscard]] std::uint64_t used_bytes() const;
  /// Changes `size` stored bytes of a file, unnoticed.
  void rot(const std::string& path, std::uint64_t position, std::uint64_t size);

  [[nodiscard]] const DiskCounters& counters() const { return counters_; }

 private:
  class OpenFile;
  struct Fault {
    Call call;
    std::uint64_t after;
    ErrorKind kind;
  };

  Result<void> enter(Call call, const std::string& path, const std::string& words);
  void trace(const std::string& words);
  Result<void> cut_here(const std::string& path);
  Result<void> write(Node& node, const std::string& path, std::uint64_t position, Bytes bytes);
  Result<void> sync_data(Node& node, const std::string& path, bool inherited);
  void count_flush(const Node& node, const Flush& flush);
  [[nodiscard]] std::uint64_t room_for(const Node& node, std::uint64_t end) const;
  void destroy_pages_in_flight();
  Result<void> refuse_change(Call call, const std::string& path) const;
  [[nodiscard]] std::size_t length_of_next_write(std::size_t asked);

  SimDiskOptions options_;
  SeededRandom random_;
  SimEntries entries_;
  std::vector<Fault> faults_;
  std::optional<std::uint64_t> cut_at_;
  std::uint64_t capacity_bytes_ = UINT64_MAX;
  bool was_limited_ = false;
  bool readable_ = true;
  bool read_only_ = false;
  std::uint64_t power_ups_ = 0;
  bool powered_ = true;
  bool cutting_ = false;  // the power goes at the end of the call that runs
  DiskCounters counters_;
};

}  // namespace tidegate::simulation
