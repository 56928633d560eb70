// Loaded into a program of ours by LD_PRELOAD: a wall clock that a test sets, and what the kernel says of it. The file
// that TIDEGATE_TEST_CLOCK names holds the offsets to the real wall clock and to the real time since boot in
// microseconds (8 bytes each) and whether the clock counts as synchronised (4), and is read at each call. A timer that
// a step of the clock ends is ended when the file's attributes change. CLOCK_MONOTONIC is the real one.
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

struct Setting {
  std::int64_t wall_us = 0;
  std::int64_t boot_us = 0;
  std::int32_t synchronised = 0;
};

const char* path() { return std::getenv("TIDEGATE_TEST_CLOCK"); }

Setting setting() {
  static const int kFile = open(path(), O_RDONLY | O_CLOEXEC);
  Setting now;
  constexpr std::size_t kBytes = sizeof now.wall_us + sizeof now.boot_us + sizeof now.synchronised;
  if (pread(kFile, &now, kBytes, 0) != static_cast<ssize_t>(kBytes)) std::abort();
  return now;
}

constexpr std::int64_t kNanoseconds = 1'000'000'000;

}  // namespace

extern "C" int clock_gettime(clockid_t id, timespec* out) noexcept {
  const auto status = static_cast<int>(syscall(SYS_clock_gettime, id, out));
  if (status != 0 || (id != CLOCK_REALTIME && id != CLOCK_BOOTTIME)) return status;
  const std::int64_t offset_us = id == CLOCK_REALTIME ? setting().wall_us : setting().boot_us;
  const std::int64_t ns = out->tv_sec * kNanoseconds + out->tv_nsec + offset_us * 1000;
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

extern "C" int timerfd_create(clockid_t id, int flags) noexcept {
  if (id != CLOCK_REALTIME) return static_cast<int>(syscall(SYS_timerfd_create, id, flags));
  const int steps = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify_add_watch(steps, path(), IN_ATTRIB) < 0) std::abort();
  return steps;
}

extern "C" int timerfd_settime(int timer, int flags, const itimerspec* wanted, itimerspec* before) noexcept {
  if ((flags & TFD_TIMER_CANCEL_ON_SET) != 0) return 0;
  return static_cast<int>(syscall(SYS_timerfd_settime, timer, flags, wanted, before));
}
