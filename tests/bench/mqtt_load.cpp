// mqtt_load: publishes over many connections as fast as the server takes it in, or at a rate, or only stays connected;
// then prints one JSON object.

#include <sys/epoll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "tests/bench/load_connection.hpp"

namespace tidegate::bench {
namespace {

class Load {
 public:
  explicit Load(const LoadOptions& options) : options_(options) {}
  ~Load() { ::close(epoll_); }

  int run() {
    if (!connect_all()) return 1;
    if (options_.idle) return stay();
    const Monotonic begin = next_at_ = clock_.monotonic();
    const Monotonic end = begin + std::chrono::seconds(options_.seconds);
    for (auto& connection : connections_) connection->begin();
    while (clock_.monotonic() < end) {
      pace();
      if (!turn()) return 1;
    }
    const double seconds = std::chrono::duration<double>(clock_.monotonic() - begin).count();
    report(seconds);
    return 0;
  }

 private:
  bool connect_all() {
    for (unsigned i = 0; i < options_.connections; ++i) {
      connections_.push_back(std::make_unique<LoadConnection>(options_, i, latency_));
      LoadConnection& connection = *connections_.back();
      if (!connection.open()) return false;
      epoll_event event{};
      event.events = EPOLLIN | EPOLLOUT | EPOLLET;
      event.data.ptr = &connection;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.descriptor(), &event);
    }
    return true;
  }

  /// Until whoever measures closes our input.
  int stay() const {
    std::printf("{\"connected\": %zu}\n", connections_.size());
    std::fflush(stdout);
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
  }

  /// Sends what is due, one connection after another, so that messages are spread evenly over time and connections.
  void pace() {
    for (; options_.rate > 0 && next_at_ <= clock_.monotonic();
         next_at_ += std::chrono::microseconds(1'000'000 / options_.rate))
      connections_[turn_++ % connections_.size()]->publish(1);
  }

  bool turn() {
    std::array<epoll_event, 256> events{};
    timespec wait{0, 100'000'000};
    if (options_.rate > 0)
      wait.tv_nsec = static_cast<long>(1'000 * std::max<std::int64_t>(0, (next_at_ - clock_.monotonic()).count()));
    const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      auto* connection = static_cast<LoadConnection*>(event.data.ptr);
      if ((event.events & EPOLLOUT) != 0) connection->on_writable();
      if ((event.events & EPOLLIN) != 0 && !connection->on_readable())
        return std::fprintf(stderr, "mqtt_load: the server closed a connection\n"), false;
    }
    return true;
  }

  void report(double seconds) const {
    std::uint64_t acknowledged = 0;
    for (const auto& connection : connections_) acknowledged += connection->acknowledged();
    std::printf("{\"acknowledged\": %llu, \"seconds\": %.3f, \"ack_p50_us\": %lld, \"ack_p99_us\": %lld}\n",
                static_cast<unsigned long long>(acknowledged), seconds,
                static_cast<long long>(latency_.quantile(0.5).count()),
                static_cast<long long>(latency_.quantile(0.99).count()));
  }

  const LoadOptions options_;
  SystemClock clock_;
  Histogram latency_;
  std::vector<std::unique_ptr<LoadConnection>> connections_;
  Monotonic next_at_{};
  std::size_t turn_ = 0;
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
};

int main(int argc, char** argv) {
  LoadOptions options;
  const std::map<std::string_view, unsigned*> numbers{{"--connections", &options.connections},
                                                      {"--window", &options.window},
                                                      {"--payload", &options.payload_bytes},
                                                      {"--qos", &options.qos},
                                                      {"--rate", &options.rate},
                                                      {"--seconds", &options.seconds}};
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--coalesced") {
      options.refill = Refill::kWindow;
    } else if (word == "--idle") {
      options.idle = true;
    } else if (word == "--port" && i + 1 < argc) {
      options.port = static_cast<std::uint16_t>(std::atoi(argv[++i]));
    } else if (const auto number = numbers.find(word); number != numbers.end() && i + 1 < argc) {
      *number->second = static_cast<unsigned>(std::atoi(argv[++i]));
    } else {
      std::fprintf(stderr,
                   "usage: mqtt_load --port P [--connections N] [--window N] [--payload BYTES] [--seconds N] "
                   "[--qos 0|1] [--rate PER_S] [--coalesced] [--idle]\n");
      return 2;
    }
  }
  if (options.rate > 0) options.refill = Refill::kPaced;
  if (options.qos == 0) options.refill = Refill::kWindow;
  return Load(options).run();
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) { return tidegate::bench::main(argc, argv); }
