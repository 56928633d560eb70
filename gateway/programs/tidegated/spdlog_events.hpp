#pragma once

#include <memory>

#include "gateway/base/event_log.hpp"

namespace spdlog {
class logger;
}

namespace tidegate::tidegated {

/// Events as lines on standard error: "2026-11-24T06:25:40.123Z info store.opened slots=12 path=/var/lib/tidegate".
/// Values with spaces or quotes are quoted.
class SpdlogEvents final : public EventLog {
 public:
  explicit SpdlogEvents(bool debug);
  ~SpdlogEvents() override;
  void write(Severity severity, std::string_view event, std::initializer_list<Field> fields) override;

 private:
  std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace tidegate::tidegated
