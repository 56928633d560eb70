// mqtt_load: publishes at QoS 1 over many connections as fast as the server acknowledges, then prints one JSON object.

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
    const Monotonic begin = clock_.monotonic();
    const Monotonic end = begin + std::chrono::seconds(options_.seconds);
    for (auto& connection : connections_) connection->begin();
    while (clock_.monotonic() < end)
      if (!turn()) return 1;
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

  bool turn() {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
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
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
};

int main(int argc, char** argv) {
  LoadOptions options;
  const std::map<std::string_view, unsigned*> numbers{{"--connections", &options.connections},
                                                      {"--window", &options.window},
                                                      {"--payload", &options.payload_bytes},
                                                      {"--seconds", &options.seconds}};
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--coalesced") {
      options.refill = Refill::kWindow;
    } else if (word == "--port" && i + 1 < argc) {
      options.port = static_cast<std::uint16_t>(std::atoi(argv[++i]));
    } else if (const auto number = numbers.find(word); number != numbers.end() && i + 1 < argc) {
      *number->second = static_cast<unsigned>(std::atoi(argv[++i]));
    } else {
      std::fprintf(stderr,
                   "usage: mqtt_load --port P [--connections N] [--window N] [--payload BYTES] [--seconds N] "
                   "[--coalesced]\n");
      return 2;
    }
  }
  return Load(options).run();
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) { return tidegate::bench::main(argc, argv); }
