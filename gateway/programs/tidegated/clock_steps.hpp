#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>

namespace tidegate::tidegated {

/// Says when the wall clock is stepped, by whomever: timerfd_create(2), TFD_TIMER_CANCEL_ON_SET. What slews it is no
/// step. Reactor only; it must outlive the reactor's last turn.
class ClockSteps {
 public:
  ClockSteps(boost::asio::io_context& reactor, std::function<void()> on_step);

  /// Begins. Where the kernel has no such timer nothing is ever said.
  void start();

 private:
  void arm();

  boost::asio::posix::stream_descriptor timer_;
  const std::function<void()> on_step_;
};

}  // namespace tidegate::tidegated
