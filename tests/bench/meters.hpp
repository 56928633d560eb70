#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tidegate::bench {

/// What a block device did, by its own account (the kernel's block/stat.rst).
struct DeviceCounters {
  std::uint64_t reads = 0;  ///< Requests.
  std::uint64_t written_bytes = 0;
  std::uint64_t flushes = 0;
};

/// Counts from its construction on. What waits in the page cache belongs to whoever wrote it, so it is brought out at
/// begin and end; the flushes that do so belong to nobody.
class DeviceMeter {
 public:
  /// `directory` lies on `device`, which is a name such as "loop0".
  DeviceMeter(std::string directory, std::string device);
  [[nodiscard]] DeviceCounters read() const;

 private:
  void store_all() const;

  std::string directory_;
  std::string device_;
  DeviceCounters begin_;
};

/// The least that a durable commit can cost: 4 KiB overwritten, and fdatasync. Failure ends the program.
class RawLimit {
 public:
  static constexpr std::uint64_t kBytes = 4096;

  explicit RawLimit(const std::string& directory);
  ~RawLimit();
  RawLimit(const RawLimit&) = delete;
  RawLimit& operator=(const RawLimit&) = delete;

  void commit();
  [[nodiscard]] std::uint64_t commits() const { return latencies_us_.size(); }
  [[nodiscard]] double p50_us() const;

 private:
  void write(std::uint64_t page);

  int file_;
  std::vector<double> latencies_us_;
};

/// User and system time of all threads of this process so far.
double cpu_us();

double quantile(std::vector<double> values, double q);

}  // namespace tidegate::bench
