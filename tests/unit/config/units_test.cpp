#include "gateway/config/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate::config {
namespace {

TEST(Units, SizesAreDecimalOrBinaryAsWritten) {
  EXPECT_EQ(*parse_size("500 MB"), 500'000'000U);
  EXPECT_EQ(*parse_size("500MB"), 500'000'000U);
  EXPECT_EQ(*parse_size("64 KiB"), 65'536U);
  EXPECT_EQ(*parse_size("64 kB"), 64'000U);
  EXPECT_EQ(*parse_size("1.5 GB"), 1'500'000'000U);
  EXPECT_EQ(*parse_size("512 B"), 512U);
}

TEST(Units, ASizeWithoutUnitIsRefused) {
  const auto size = parse_size("500");
  ASSERT_FALSE(size.ok());
  EXPECT_EQ(size.error().message, "\"500\" has no unit: write a size such as \"500 MB\"");
}

TEST(Units, WhatIsNoQuantityIsRefused) {
  for (const char* text : {"", "MB", "-5 MB", "5 mb", "5 MB/month", "1e3 B", "nan B", "inf B", "5 M B", "0x10 B"}) {
    EXPECT_FALSE(parse_size(text).ok()) << text;
  }
}

TEST(Units, WhatOnlyReadsLikeANumberIsNotCalledNegative) {
  for (const char* text : {"nan MiB", "inf GB", "-inf GB"}) {
    EXPECT_EQ(parse_size(text).error().message,
              "\"" + std::string(text) + "\" is not a size: write a size such as \"500 MB\"");
  }
  EXPECT_THAT(parse_size("-5 MB").error().message, testing::HasSubstr("is negative"));
}

TEST(Units, AQuantityBeyondExactNumbersIsRefused) {
  EXPECT_TRUE(parse_size("8191 TiB").ok());
  EXPECT_FALSE(parse_size("99999999999999 TiB").ok());
}

TEST(Units, DurationsAreMilliseconds) {
  EXPECT_EQ(*parse_duration_ms("30 s"), 30'000U);
  EXPECT_EQ(*parse_duration_ms("5 min"), 300'000U);
  EXPECT_EQ(*parse_duration_ms("250 ms"), 250U);
  EXPECT_EQ(*parse_duration_ms("2 h"), 7'200'000U);
  EXPECT_EQ(*parse_duration_ms("1 d"), 86'400'000U);
  EXPECT_FALSE(parse_duration_ms("5 m").ok());  // minutes or metres: say which
}

TEST(Units, RatesAreASecond) {
  EXPECT_DOUBLE_EQ(*parse_rate_per_s("10/s"), 10);
  EXPECT_DOUBLE_EQ(*parse_rate_per_s("90 /min"), 1.5);
  EXPECT_DOUBLE_EQ(*parse_rate_per_s("1800/h"), 0.5);
  EXPECT_FALSE(parse_rate_per_s("10").ok());
}

TEST(Units, WhatIsWrittenBackParsesToTheSame) {
  for (const std::uint64_t bytes :
       {0ULL, 1ULL, 999ULL, 1'000ULL, 1'024ULL, 262'144ULL, 500'000'000ULL, 33'554'433ULL}) {
    EXPECT_EQ(*parse_size(format_size(bytes)), bytes) << format_size(bytes);
    EXPECT_EQ(*parse_duration_ms(format_duration_ms(bytes)), bytes) << format_duration_ms(bytes);
  }
  EXPECT_EQ(format_size(8U << 20), "8 MiB");
  EXPECT_EQ(format_duration_ms(90'000), "90 s");
  EXPECT_EQ(format_rate_per_s(0.5), "0.5/s");
  EXPECT_EQ(format_rate_per_s(1'000'000), "1000000/s");  // "1e+06/s" is what the file may not hold
}

}  // namespace
}  // namespace tidegate::config
