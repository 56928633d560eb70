#include "tests/bench/store_workload.hpp"

#include <algorithm>
#include <cstdio>

namespace tidegate::bench {

namespace {

constexpr std::uint64_t kDevices = 100;
constexpr std::uint64_t kTogether = 16;

}  // namespace

Workload::Workload(const std::string& data) {
  if (!data.empty()) {
    auto series = fleet::load_series(data);
    if (!series) give_up(series.error().message);
    series_ = std::move(*series);
    readings_ = fleet::make_devices(series_, kDevices);
    for (const fleet::Device& device : readings_) devices_.push_back({device.topic(), device.name()});
    return;
  }
  for (std::uint64_t i = 0; i < kDevices; ++i)
    devices_.push_back({"site/north/device-" + std::to_string(i) + "/reading", "device-" + std::to_string(i)});
}

std::span<const Item> Workload::next(std::size_t count, std::uint16_t streams) {
  payloads_.resize(std::max(payloads_.size(), count));
  items_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t turn = readings_.empty() ? count_ / kTogether : count_;
    const auto number = static_cast<std::size_t>(turn % kDevices);
    const Device& device = devices_[number];
    if (readings_.empty()) {
      fill(payloads_[i]);
    } else {
      payloads_[i] = readings_[number].payload(static_cast<std::uint32_t>(turn / kDevices));
    }
    payload_bytes_ += payloads_[i].size();
    Item item;
    item.stream = static_cast<std::uint16_t>(count_++ % streams);
    item.offset = next_[item.stream]++;
    item.message.topic = device.topic;
    item.message.client = device.client;
    item.message.payload = as_bytes(payloads_[i]);
    item.message.received = clock_.now();
    item.message.qos = 1;
    items_.push_back(item);
  }
  return items_;
}

// Numbers that are noise, as sensors' last digits are: a database that compresses finds something, and not all.
void Workload::fill(std::string& payload) {
  char text[kPayloadBytes + 1];
  const auto number = [this](std::uint64_t end) {
    noise_ = noise_ * 6364136223846793005 + 1442695040888963407;  // Knuth's MMIX
    return static_cast<unsigned>((noise_ >> 33) % end);
  };
  std::snprintf(text, sizeof text,
                R"({"temperature":%u.%02u,"humidity":%u.%02u,"pressure":%u.%02u,"battery":%u,"linkquality":%u)",
                number(40), number(100), number(100), number(100), 950 + number(100), number(100), number(101),
                number(256));
  payload = text;
  payload.resize(kPayloadBytes - 1, ' ');
  payload += '}';
}

}  // namespace tidegate::bench
