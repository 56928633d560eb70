#include "gateway/base/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace tidegate {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

TEST(Metrics, RegisteringAgainYieldsTheSameCounter) {
  Metrics metrics;
  Counter& first = metrics.counter("tidegate_a_total", "help", {{"reason", "x"}});
  Counter& again = metrics.counter("tidegate_a_total", "help", {{"reason", "x"}});
  EXPECT_EQ(&first, &again);
}

TEST(Metrics, OtherLabelsAreAnotherCounter) {
  Metrics metrics;
  metrics.counter("tidegate_a_total", "help", {{"reason", "x"}}).add(2);
  EXPECT_EQ(metrics.counter("tidegate_a_total", "help", {{"reason", "y"}}).value(), 0U);
}

TEST(Metrics, ReferencesOutliveLaterRegistrations) {
  Metrics metrics;
  Counter& first = metrics.counter("tidegate_m_total", "help");
  for (int i = 0; i < 1000; ++i) metrics.counter("tidegate_n_total", "help", {{"n", std::to_string(i)}});
  first.add(3);
  EXPECT_EQ(metrics.counter("tidegate_m_total", "help").value(), 3U);
}

TEST(Metrics, CollectsCountersAndGaugesOrderedByName) {
  Metrics metrics;
  metrics.gauge("tidegate_b_bytes", "how full").set(-7);
  metrics.counter("tidegate_c_total", "c").add(5);
  metrics.counter("tidegate_a_total", "a", {{"reason", "y"}}).add();
  metrics.counter("tidegate_a_total", "a", {{"reason", "x"}}).add(9);

  const std::vector<Sample> samples = metrics.collect();
  EXPECT_THAT(samples, ElementsAre(Field(&Sample::value, 9), Field(&Sample::value, 1), Field(&Sample::value, -7),
                                   Field(&Sample::value, 5)));
  EXPECT_EQ(samples[0].labels.at("reason"), "x");
  EXPECT_EQ(samples[2].kind, Sample::Kind::kGauge);
  EXPECT_EQ(samples[2].help, "how full");
}

TEST(Metrics, CountsFromManyThreadsWithoutLoss) {
  Metrics metrics;
  Counter& counter = metrics.counter("tidegate_a_total", "a");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) counter.add();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 40'000U);
}

}  // namespace
}  // namespace tidegate
