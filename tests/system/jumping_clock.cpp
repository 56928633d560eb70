// Loaded into a program of ours by LD_PRELOAD: a wall clock that a test sets, and what the kernel says of it. The file
// that TIDEGATE_TEST_CLOCK names holds the offset to the real clock in microseconds (8 bytes) and whether it counts as
// synchronised (4), and is read at each call. Monotonic clocks are the real ones.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

struct Setting {
  std::int64_t offset_us = 0;
  std::int32_t synchronised = 0;
};

Setting setting() {
  static const int kFile = open(std::getenv("TIDEGATE_TEST_CLOCK"), O_RDONLY | O_CLOEXEC);
  Setting now;
  constexpr std::size_t kBytes = sizeof now.offset_us + sizeof now.synchronised;
  if (pread(kFile, &now, kBytes, 0) != static_cast<ssize_t>(kBytes)) std::abort();
  return now;
}

constexpr std::int64_t kNanoseconds = 1'000'000'000;

}  // namespace

extern "C" int clock_gettime(clockid_t id, timespec* out) noexcept {
  const auto status = static_cast<int>(syscall(SYS_clock_gettime, id, out));
  if (status != 0 || id != CLOCK_REALTIME) return status;
  const std::int64_t ns = out->tv_sec * kNanoseconds + out->tv_nsec + setting().offset_us * 1000;
  *out = {ns / kNanoseconds, ns % kNanoseconds};
  return 0;
}

extern "C" int adjtimex(timex* state) noexcept {
  const auto status = static_cast<int>(syscall(SYS_adjtimex, state));
  if (status < 0) return status;
  const bool synchronised = setting().synchronised != 0;
  state->status = synchronised ? STA_PLL : STA_UNSYNC;
  state->maxerror = synchronised ? 1000 : 16'000'000;
  return synchronised ? TIME_OK : TIME_ERROR;
}
