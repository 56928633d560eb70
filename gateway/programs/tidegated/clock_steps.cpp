#include "gateway/programs/tidegated/clock_steps.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>
#include <limits>
#include <utility>

namespace tidegate::tidegated {

ClockSteps::ClockSteps(boost::asio::io_context& reactor, std::function<void()> on_step)
    : timer_(reactor), on_step_(std::move(on_step)) {}

void ClockSteps::start() {
  const int descriptor = ::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (descriptor < 0) return;
  timer_.assign(descriptor);
  arm();
}

// For a time that does not come. A step ends it: it is readable, and read(2) fails with ECANCELED.
void ClockSteps::arm() {
  const itimerspec never{.it_interval = {}, .it_value = {.tv_sec = std::numeric_limits<time_t>::max(), .tv_nsec = 0}};
  (void)::timerfd_settime(timer_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
  timer_.async_wait(timer_.wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    std::uint64_t ignored = 0;
    (void)!::read(timer_.native_handle(), &ignored, sizeof ignored);
    arm();
    on_step_();
  });
}

}  // namespace tidegate::tidegated
