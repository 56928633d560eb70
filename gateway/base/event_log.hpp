#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tidegate {

enum class Severity {
  kDebug,    ///< Per message; off by default.
  kInfo,     ///< A state changed.
  kWarning,  ///< Degraded, and handled.
  kError,    ///< Someone must act.
};

/// One named value of an event.
struct Field {
  Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const char* text) : name(field_name), value(text) {}
  Field(std::string_view field_name, std::uint64_t number) : name(field_name), value(std::to_string(number)) {}

  std::string_view name;
  std::string value;
};

/// Where events go. Thread-safe. An event has a stable name ("store.opened"); never a payload, never a secret.
class EventLog {
 public:
  virtual ~EventLog() = default;
  virtual void write(Severity severity, std::string_view event, std::initializer_list<Field> fields) = 0;

  void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Severity::kDebug, event, fields);
  }
  void info(std::string_view event, std::initializer_list<Field> fields = {}) { write(Severity::kInfo, event, fields); }
  void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Severity::kWarning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Severity::kError, event, fields);
  }
};

/// Drops every event; for tests and tools.
class SilentLog final : public EventLog {
 public:
  void write(Severity, std::string_view, std::initializer_list<Field>) override {}
};

}  // namespace tidegate
