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
  // What a peer chose must not write lines, or speak to a terminal, of its own.
  const auto is_plain = [](unsigned char c) { return c > 0x20 && c != 0x7F && c != '"' && c != '\\' && c != '='; };
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_plain)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  line += '"';
}

}  // namespace

SpdlogEvents::SpdlogEvents(bool debug) {
  logger_ = std::make_unique<spdlog::logger>("tidegated", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger_->set_formatter(
      std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
  logger_->set_level(debug ? spdlog::level::debug : spdlog::level::info);
  logger_->flush_on(spdlog::level::info);
}

SpdlogEvents::~SpdlogEvents() = default;

void SpdlogEvents::write(Severity severity, std::string_view event, std::initializer_list<Field> fields) {
  const auto level = level_of(severity);
  if (!logger_->should_log(level)) return;
  std::string line(event);
  for (const Field& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    add_value(line, field.value);
  }
  logger_->log(level, line);
}

}  // namespace tidegate::tidegated
