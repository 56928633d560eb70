#include "gateway/base/backoff.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace tidegate {
namespace {

class SameNumber final : public Random {
 public:
  explicit SameNumber(std::uint64_t value) : value_(value) {}
  void fill(std::span<std::byte> out) override {
    std::memcpy(out.data(), &value_, std::min(out.size(), sizeof value_));
  }

 private:
  std::uint64_t value_;
};

using std::chrono::milliseconds;

TEST(Backoff, doubles_up_to_its_limit) {
  SameNumber random(0);
  Backoff backoff(milliseconds(100), milliseconds(350), random);
  for (const int expected : {100, 200, 350, 350}) EXPECT_EQ(backoff.next(), milliseconds(expected));
}

TEST(Backoff, is_shortened_by_at_most_half) {
  SameNumber random(50);
  Backoff backoff(milliseconds(100), milliseconds(400), random);
  EXPECT_EQ(backoff.next(), milliseconds(50));
  EXPECT_EQ(backoff.next(), milliseconds(150));
}

TEST(Backoff, begins_again_after_success) {
  SameNumber random(0);
  Backoff backoff(milliseconds(100), milliseconds(400), random);
  EXPECT_EQ(backoff.next(), milliseconds(100));
  EXPECT_EQ(backoff.next(), milliseconds(200));
  backoff.reset();
  EXPECT_EQ(backoff.next(), milliseconds(100));
}

}  // namespace
}  // namespace tidegate
