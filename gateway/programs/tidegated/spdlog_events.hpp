#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "gateway/base/event_limiter.hpp"
#include "gateway/base/event_log.hpp"

namespace spdlog {
class logger;
}

namespace tidegate::tidegated {

/// Events as lines on standard error: "2026-11-24T06:25:40.123Z info store.opened slots=12 path=/var/lib/tidegate".
/// Values with spaces or quotes are quoted, long ones cut. A flood of one event is cut (EventLimiter), those of debug
/// excepted; "log.left_out" says how many of which.
class SpdlogEvents final : public EventLog {
 public:
  SpdlogEvents(bool debug, const Clock& clock);
  ~SpdlogEvents() override;
  void write(Severity severity, std::string_view event, std::initializer_list<Field> fields) override;

 private:
  [[nodiscard]] bool admit(std::string_view event);
  void tell(const std::vector<EventLimiter::LeftOut>& left_out);

  const Clock& clock_;
  std::unique_ptr<spdlog::logger> logger_;
  std::mutex mutex_;  // of limiter_
  EventLimiter limiter_;
};

}  // namespace tidegate::tidegated
