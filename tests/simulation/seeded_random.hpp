#pragma once

#include "gateway/base/random.hpp"

namespace tidegate::simulation {

/// Chance that can be replayed: the same seed gives the same numbers on every machine (SplitMix64, Steele et al. 2014).
class SeededRandom : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  void fill(std::span<std::byte> out) override {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (i % sizeof word == 0) word = draw();
      out[i] = static_cast<std::byte>(word >> (8 * (i % sizeof word)));
    }
  }

  /// A number in [0, end); 0 if `end` is 0.
  std::uint64_t below(std::uint64_t end) { return end == 0 ? 0 : draw() % end; }
  /// An index into a sequence of `size` elements.
  std::size_t index(std::size_t size) { return static_cast<std::size_t>(below(size)); }
  /// A number in [low, high].
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  /// True once in `times`, on average.
  bool once_in(std::uint64_t times) { return below(times) == 0; }

 private:
  std::uint64_t draw() {
    std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  std::uint64_t state_;
};

}  // namespace tidegate::simulation
