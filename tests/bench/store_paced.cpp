#include "tests/bench/store_paced.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "gateway/config/config.hpp"
#include "gateway/store/store.hpp"
#include "tests/bench/store_options.hpp"

namespace tidegate::bench {

namespace {

using Time = std::chrono::steady_clock;
using Micros = std::chrono::duration<double, std::micro>;

constexpr std::chrono::microseconds kEvery{1'000'000 / kPacedPerSecond};

/// Runs what is posted to it until a moment comes.
class Reactor {
 public:
  Executor executor() {
    return [this](std::function<void()> turn) {
      const std::lock_guard lock(mutex_);
      turns_.push_back(std::move(turn));
      wake_.notify_one();
    };
  }

  void run_until(Time::time_point end) {
    std::unique_lock lock(mutex_);
    while (wake_.wait_until(lock, end, [this] { return !turns_.empty(); })) {
      const std::function<void()> turn = std::move(turns_.front());
      turns_.pop_front();
      lock.unlock();
      turn();
      lock.lock();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> turns_;
};

/// When each message arrives, and what is still owed.
class Arrivals {
 public:
  explicit Arrivals(std::chrono::seconds time) : end_(begin_ + time) {}

  [[nodiscard]] Time::time_point next() const { return begin_ + arrived_ * kEvery; }
  [[nodiscard]] bool more() const { return next() < end_; }
  void take(std::uint64_t count) { arrived_ += count; }
  [[nodiscard]] std::uint64_t due() const {
    const auto now = std::min(Time::now(), end_);
    return now < next() ? 0 : static_cast<std::uint64_t>((now - next()) / kEvery) + 1;
  }
  /// The oldest `count` that are owed are durable now.
  void durable(std::uint64_t count, Paced& paced) {
    for (const auto now = Time::now(); count > 0; --count, ++durable_)
      paced.latencies_us.push_back(Micros(now - (begin_ + durable_ * kEvery)).count());
  }
  [[nodiscard]] std::uint64_t owed() const { return arrived_ - durable_; }

 private:
  const Time::time_point begin_ = Time::now();
  const Time::time_point end_;
  std::uint64_t arrived_ = 0;
  std::uint64_t durable_ = 0;
};

}  // namespace

Paced run_paced(Subject& subject, Workload& workload, std::chrono::seconds time) {
  Paced paced;
  for (Arrivals arrivals(time); arrivals.more();) {
    const std::uint64_t due = arrivals.due();
    if (due == 0) {
      std::this_thread::sleep_until(arrivals.next());
      continue;
    }
    arrivals.take(due);
    subject.commit(workload.next(due, 1), {});
    arrivals.durable(due, paced);
    ++paced.commits;
  }
  return paced;
}

Paced run_paced_store(const std::string& directory, Workload& workload, std::chrono::seconds time) {
  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  SilentLog events;
  Metrics metrics;
  Reactor reactor;
  store::StoreOptions options;
  options.log = log_options(directory);
  options.commit_pause = config::Store{}.commit_pause;
  options.commit_bytes = config::Store{}.commit_bytes;
  auto store = store::Store::open(options, disk, clock, random, events, metrics, reactor.executor());
  if (!store) give_up(store.error().message);
  const Counter& flushes = metrics.counter("tidegate_store_flushes_total", "");
  const std::uint64_t flushes_of_open = flushes.value();
  Paced paced;
  std::uint64_t acknowledged = 0;
  Arrivals arrivals(time);
  (*store)->on_durable([&](store::Ticket ticket) {
    arrivals.durable(ticket.value - acknowledged, paced);
    acknowledged = ticket.value;
  });
  while (arrivals.more() || arrivals.owed() > 0) {
    const std::uint64_t due = arrivals.more() ? arrivals.due() : 0;
    for (const Item& item : workload.next(due, 1))
      if (auto ticket = (*store)->append({0}, item.message, store::Urgency::kAtOnce); !ticket)
        give_up(ticket.error().message);
    arrivals.take(due);
    (*store)->submit();
    reactor.run_until(arrivals.more() ? arrivals.next() : Time::now() + kEvery);
  }
  paced.commits = flushes.value() - flushes_of_open;
  if (auto closed = (*store)->close(); !closed) give_up(closed.error().message);
  return paced;
}

}  // namespace tidegate::bench
