#include "gateway/programs/collector/export.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "gateway/programs/collector/text.hpp"

namespace tidegate::collector {
namespace {

std::string_view quality_name(std::uint32_t quality) {
  constexpr std::array<std::string_view, 4> kNames{"unknown", "last_known", "synchronised", "corrected"};
  return quality < kNames.size() ? kNames[quality] : "unknown";
}

}  // namespace

std::string to_json_line(const StoredMessage& stored) {
  const Message& message = stored.message;
  const std::string_view payload = as_text(message.payload);
  std::string line = "{\"gateway\":" + json_string(stored.gateway);
  line += ",\"stream\":" + json_string(stored.stream);
  line += ",\"incarnation\":\"" + to_hex(as_bytes(stored.incarnation)) + "\"";
  line += ",\"offset\":" + std::to_string(stored.offset);
  line += ",\"topic\":" + json_string(message.topic);
  line += ",\"client\":" + json_string(message.client);
  line += is_utf8(payload) ? ",\"payload\":" + json_string(payload)
                           : ",\"payload_base64\":\"" + base64(message.payload) + "\"";
  line += ",\"received\":\"" + to_iso8601(message.wall_us) + "\"";
  line += ",\"time_quality\":\"" + std::string(quality_name(message.time_quality)) + "\"";
  line += ",\"qos\":" + std::to_string(message.qos);
  line += std::string(",\"retain\":") + (message.retain ? "true" : "false");
  line += ",\"boot\":\"" + to_hex(as_bytes(stored.boot)) + "\"";
  line += ",\"monotonic_us\":" + std::to_string(message.monotonic_us);
  if (!message.properties.empty()) line += ",\"properties_base64\":\"" + base64(message.properties) + "\"";
  return line + "}\n";
}

std::string csv_header() {
  return "gateway,stream,incarnation,offset,topic,client,payload,payload_base64,received,time_quality,qos,retain,boot,"
         "monotonic_us,properties_base64\r\n";
}

std::string to_csv_line(const StoredMessage& stored) {
  const Message& message = stored.message;
  const std::string_view payload = as_text(message.payload);
  std::string line = csv_field(stored.gateway) + "," + csv_field(stored.stream);
  line += "," + to_hex(as_bytes(stored.incarnation)) + "," + std::to_string(stored.offset);
  line += "," + csv_field(message.topic) + "," + csv_field(message.client);
  line += is_utf8(payload) ? "," + csv_field(payload) + "," : ",," + base64(message.payload);
  line += "," + to_iso8601(message.wall_us) + "," + std::string(quality_name(message.time_quality));
  line += "," + std::to_string(message.qos) + (message.retain ? ",true," : ",false,") + to_hex(as_bytes(stored.boot));
  line += "," + std::to_string(message.monotonic_us) + "," + base64(message.properties);
  return line + "\r\n";
}

std::string to_iso8601(std::int64_t wall_us) {
  namespace chrono = std::chrono;
  const chrono::sys_time<chrono::microseconds> time{chrono::microseconds(wall_us)};
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(time - day);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text.data();
}

}  // namespace tidegate::collector
