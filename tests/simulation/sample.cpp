#include "tests/simulation/sample.hpp"

#include <algorithm>

#include "tests/simulation/seeded_random.hpp"

namespace tidegate::simulation {

namespace {

Buffer random_bytes(std::size_t size, SeededRandom& random) {
  Buffer bytes(size);
  random.fill(bytes);
  return bytes;
}

/// Noise, or what makes a frame smaller when it is compressed.
Buffer draw_payload(std::size_t size, SeededRandom& random) {
  return random.once_in(3) ? random_bytes(size, random) : Buffer(size, static_cast<std::byte>(random.below(256)));
}

bool same(Bytes left, Bytes right) { return std::equal(left.begin(), left.end(), right.begin(), right.end()); }

}  // namespace

Sample::Sample(std::uint64_t number, std::size_t max_payload_bytes) {
  SeededRandom random(number);
  topic_ = "tele/" + std::to_string(random.below(6)) + "/SENSOR";
  client_ = "sensor-" + std::to_string(random.below(3));
  payload_ = draw_payload(random.index(max_payload_bytes + 1), random);
  if (random.once_in(4)) properties_ = random_bytes(random.index(40), random);
  received_.monotonic = Monotonic(random.below(1'000'000'000'000));
  received_.wall = WallTime(random.below(2'000'000'000'000'000));
  received_.quality = static_cast<TimeQuality>(random.below(3));
  qos_ = static_cast<std::uint8_t>(random.below(2));
  retain_ = random.once_in(5);
}

store::Message Sample::message() const { return {topic_, client_, payload_, properties_, received_, qos_, retain_}; }

bool Sample::equals(const store::Message& other) const {
  return topic_ == other.topic && client_ == other.client && same(payload_, other.payload) &&
         same(properties_, other.properties) && received_ == other.received && qos_ == other.qos &&
         retain_ == other.retain;
}

}  // namespace tidegate::simulation
