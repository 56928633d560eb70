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

/// What a call asks of the disk, as far as faults distinguish it.
enum class Call { kRead, kWrite, kSyncData, kSyncDirectory, kName };  // kName: open, create, rename, remove, list

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
/// It keeps or loses, each by chance for itself: every unsynced sector, every unsynced size of a file, and every entry
/// of a directory that was created, renamed or removed since sync_directory. It destroys one flash page that was being
/// written. What was synced stays (unless it shares that page). One thread; File objects must not outlive it.
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

  Result<void> enter(Call call, const std::string& path, const std::string& words = {});
  void trace(const std::string& words);
  Result<void> cut_here(const std::string& path);
  Result<void> write(Node& node, const std::string& path, std::uint64_t position, Bytes bytes);
  Result<void> sync_data(Node& node, const std::string& path, bool inherited);
  void count_flush(const Node& node, const Flush& flush);
  [[nodiscard]] std::uint64_t room_for(const Node& node, std::uint64_t end) const;
  void destroy_page_in_flight();

  SimDiskOptions options_;
  SeededRandom random_;
  SimEntries entries_;
  std::vector<Fault> faults_;
  std::optional<std::uint64_t> cut_at_;
  std::uint64_t capacity_bytes_ = UINT64_MAX;
  bool was_limited_ = false;
  bool readable_ = true;
  std::uint64_t power_ups_ = 0;
  bool powered_ = true;
  bool cutting_ = false;  // the power goes at the end of the call that runs
  DiskCounters counters_;
};

}  // namespace tidegate::simulation
