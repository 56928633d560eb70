#include "gateway/programs/tidegated/spdlog_events.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>

namespace tidegate::tidegated {

namespace {

spdlog::level::level_enum level_of(Severity severity) {
  switch (severity) {
    case Severity::kDebug: return spdlog::level::debug;
    case Severity::kInfo: return spdlog::level::info;
    case Severity::kWarning: return spdlog::level::warn;
    case Severity::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

void add_value(std::string& line, std::string_view value) {
  constexpr std::size_t kLongest = 1000;
  const bool is_cut = value.size() > kLongest;
  value = value.substr(0, kLongest);
  // What a peer chose must not write lines, or speak to a terminal, of its own.
  const auto is_plain = [](unsigned char c) { return c > 0x20 && c != 0x7F && c != '"' && c != '\\' && c != '='; };
  if (!is_cut && !value.empty() && std::all_of(value.begin(), value.end(), is_plain)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  line += is_cut ? "...\"" : "\"";
}

std::string line_of(std::string_view event, std::initializer_list<Field> fields) {
  std::string line(event);
  for (const Field& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    add_value(line, field.value);
  }
  return line;
}

}  // namespace

SpdlogEvents::SpdlogEvents(bool debug, const Clock& clock) : clock_(clock) {
  logger_ = std::make_unique<spdlog::logger>("tidegated", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger_->set_formatter(
      std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
  logger_->set_level(debug ? spdlog::level::debug : spdlog::level::info);
  logger_->flush_on(spdlog::level::info);
}

SpdlogEvents::~SpdlogEvents() { tell(limiter_.take_all()); }

void SpdlogEvents::write(Severity severity, std::string_view event, std::initializer_list<Field> fields) {
  const auto level = level_of(severity);
  if (!logger_->should_log(level)) return;
  if (severity == Severity::kDebug || admit(event)) logger_->log(level, line_of(event, fields));
}

bool SpdlogEvents::admit(std::string_view event) {
  const Monotonic now = clock_.monotonic();
  const std::lock_guard lock(mutex_);
  const bool admitted = limiter_.admit(event, now);
  tell(limiter_.take_due(now));
  return admitted;
}

void SpdlogEvents::tell(const std::vector<EventLimiter::LeftOut>& left_out) {
  for (const auto& [event, count] : left_out)
    logger_->log(spdlog::level::warn, line_of("log.left_out", {{"event", event}, {"count", count}}));
}

}  // namespace tidegate::tidegated
