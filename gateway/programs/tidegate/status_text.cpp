#include "gateway/programs/tidegate/status_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "gateway/programs/tidegate/printable.hpp"

namespace tidegate::cli {
namespace {

using control::Status;

std::string rough_duration(std::uint64_t seconds) {
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return std::to_string(seconds / 60) + " min";
  if (seconds < 86'400) return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
  return counted(seconds / 86'400, "day") + " " + std::to_string(seconds / 3600 % 24) + " h";
}

std::string milliseconds(std::uint64_t microseconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", static_cast<double>(microseconds) / 1000);
  return text.data();
}

std::string head_line(const Status& status) {
  std::string line = "gateway " + status.gateway_id + ", version " + status.version + ", up " +
                     rough_duration(status.uptime_s) + ": " + (status.ready ? "ready" : "NOT READY");
  for (std::size_t i = 0; i < status.not_ready_reasons.size(); ++i) {
    line += (i == 0 ? ": " : "; ") + status.not_ready_reasons[i];
  }
  return line;
}

std::string mqtt_line(const Status& status) {
  if (status.mqtt.listen.empty()) return "mqtt: no listener";
  const std::string shed = status.mqtt.shed == 0 ? "" : with_commas(status.mqtt.shed) + " of QoS 0 dropped, ";
  return "mqtt " + status.mqtt.listen + ": " + counted(status.mqtt.connections, "connection") + ", " +
         with_commas(status.mqtt.received) + " received, " + shed + with_commas(status.mqtt.acknowledged) +
         " acknowledged, after p50 " + milliseconds(status.ack_latency.p50_us) + ", p99 " +
         milliseconds(status.ack_latency.p99_us);
}

std::string broker_line(const control::BrokerStatus& broker) {
  return "broker " + broker.name + ": " + with_commas(broker.received) + " received, " +
         with_commas(broker.acknowledged) + " acknowledged" +
         (broker.too_large == 0 ? "" : ", " + with_commas(broker.too_large) + " lost (larger than mqtt.max_message)") +
         "; " + broker.state;
}

std::string store_line(const Status& status) {
  std::string line = "store: flushed " + counted(status.store.flushes, "time") + ", " +
                     rough_bytes(status.store.device_bytes) + " written for " +
                     rough_bytes(status.store.payload_bytes) + " of payload";
  if (!status.store.trouble.empty()) line += "; TAKES NO WRITES: " + status.store.trouble;
  return line;
}

std::string stream_line(const control::StreamStatus& stream) {
  std::string line = "stream " + stream.name + ": " + with_commas(stream.next) + " stored, " +
                     with_commas(stream.backlog_records) + " owed, " + rough_bytes(stream.live_bytes) + " of " +
                     rough_bytes(stream.quota_bytes);
  for (const auto& [reason, count] : stream.dropped) {
    if (count > 0) line += ", " + with_commas(count) + " dropped (" + reason + ")";
  }
  return line;
}

std::string dead_letter_line(const control::DeadLetterStatus& dead_letter) {
  return "dead letter: " + counted(dead_letter.parked, "message") + " refused for good by an upstream, " +
         rough_bytes(dead_letter.live_bytes) + " of " + rough_bytes(dead_letter.quota_bytes) + " kept";
}

std::string upstream_line(const control::UpstreamStatus& upstream) {
  std::string line = "upstream " + upstream.name + ": " + rough_bytes(upstream.bytes) + " sent";
  for (const control::StreamPosition& stream : upstream.streams) {
    line += ", has " + with_commas(stream.position) + " of " + stream.stream;
  }
  return line + "; " + upstream.state;
}

/// "1,204 messages on 3 topics go nowhere: a (1,000), b (200), c (4)"; "on more than" if not every topic is counted.
std::string unmatched_line(const control::UnmatchedStatus& unmatched) {
  std::string line =
      counted(unmatched.messages, "message") + (unmatched.other_messages > 0 ? " on more than " : " on ") +
      counted(unmatched.topic_count, "topic") + (unmatched.messages == 1 ? " goes nowhere: " : " go nowhere: ");
  for (std::size_t i = 0; i < unmatched.topics.size(); ++i) {
    line += (i == 0 ? "" : ", ") + unmatched.topics[i].topic + " (" + with_commas(unmatched.topics[i].count) + ")";
  }
  if (unmatched.topic_count > unmatched.topics.size()) line += ", ...";
  return line;
}

}  // namespace

std::string status_text(const Status& status) {
  std::vector<std::string> lines{head_line(status), mqtt_line(status)};
  for (const control::BrokerStatus& broker : status.brokers) lines.push_back(broker_line(broker));
  lines.push_back(store_line(status));
  for (const std::string& notice : status.store.notices) lines.push_back("store: NOTE: " + notice);
  for (const control::StreamStatus& stream : status.streams) lines.push_back(stream_line(stream));
  if (status.dead_letter.parked > 0) lines.push_back(dead_letter_line(status.dead_letter));
  for (const control::UpstreamStatus& upstream : status.upstreams) lines.push_back(upstream_line(upstream));
  if (status.unmatched.messages > 0) lines.push_back(unmatched_line(status.unmatched));
  std::string text;
  for (const std::string& line : lines) text += printable(line) + "\n";
  return text;
}

std::string status_line(const Status& status, const Status& before) {
  std::uint64_t backlog = 0;
  for (const control::StreamStatus& stream : status.streams) backlog += stream.backlog_records;
  // After a restart the counters begin anew.
  const std::uint64_t grown = status.mqtt.received - std::min(status.mqtt.received, before.mqtt.received);
  std::string line = "up " + rough_duration(status.uptime_s) + ", " + counted(status.mqtt.connections, "connection") +
                     ", " + with_commas(status.mqtt.received) + " received (+" + with_commas(grown) + "), " +
                     with_commas(status.mqtt.acknowledged) + " acknowledged, " + with_commas(backlog) + " owed";
  for (const control::UpstreamStatus& upstream : status.upstreams) {
    line += ", " + upstream.name + (upstream.state == "connected" ? " connected" : " away");
  }
  for (const control::BrokerStatus& broker : status.brokers) {
    line += ", " + broker.name + (broker.state.starts_with("connected") ? " connected" : " away");
  }
  if (!status.ready) line += ", NOT READY";
  return printable(line) + "\n";
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return with_commas(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string rough_bytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "KB", "MB", "GB", "TB"};
  auto number = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; number >= 1000 && unit + 1 < kUnits.size(); ++unit) number /= 1000;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g %s", number, kUnits[unit]);
  return text.data();
}

std::string with_commas(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace tidegate::cli
