#include "tests/bench/meters.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>

#include "gateway/base/assert.hpp"

namespace tidegate::bench {

namespace {

using Time = std::chrono::steady_clock;

constexpr std::uint64_t kRawPages = 200;

DeviceCounters counters_of(const std::string& device) {
  std::ifstream file("/sys/block/" + device + "/stat");
  std::array<std::uint64_t, 17> fields{};
  for (std::uint64_t& field : fields) file >> field;
  TIDEGATE_ASSERT(file.good(), "no statistics of a block device of that name");
  return {.reads = fields[0], .written_bytes = fields[6] * 512, .flushes = fields[15]};
}

}  // namespace

DeviceMeter::DeviceMeter(std::string directory, std::string device)
    : directory_(std::move(directory)), device_(std::move(device)) {
  store_all();
  begin_ = counters_of(device_);
}

DeviceCounters DeviceMeter::read() const {
  const DeviceCounters now = counters_of(device_);
  store_all();
  return {.reads = now.reads - begin_.reads,
          .written_bytes = counters_of(device_).written_bytes - begin_.written_bytes,
          .flushes = now.flushes - begin_.flushes};
}

void DeviceMeter::store_all() const {
  const int file = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ::syncfs(file);
  ::close(file);
}

RawLimit::RawLimit(const std::string& directory)
    : file_(::open((directory + "/raw").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640)) {
  for (std::uint64_t page = 0; page < kRawPages; ++page) write(page);
  ::fsync(file_);
}

RawLimit::~RawLimit() { ::close(file_); }

void RawLimit::commit() {
  const auto begin = Time::now();
  write(commits() % kRawPages);
  ::fdatasync(file_);
  latencies_us_.push_back(std::chrono::duration<double, std::micro>(Time::now() - begin).count());
}

double RawLimit::p50_us() const { return quantile(latencies_us_, 0.5); }

void RawLimit::write(std::uint64_t page) {
  static const std::string kPage(kBytes, 'x');
  const auto put = ::pwrite(file_, kPage.data(), kPage.size(), static_cast<off_t>(page * kBytes));
  TIDEGATE_ASSERT(put == std::ssize(kPage), "the raw file cannot be written");
}

double cpu_us() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto micros = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

double quantile(std::vector<double> values, double q) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace tidegate::bench
