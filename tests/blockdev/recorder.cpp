// tidegate-recorder: a file under a loop device, and the MQTT clients of the gateway that stores on it, in one thread,
// so that writes, flushes and acknowledgements are in one order. Commands come by the standard input, a line each:
//
//   connect PORT   all clients connect to the gateway there, again if they were, and publish
//   await N        answered when N messages more are acknowledged
//   rest           nothing new is sent; answered when everything is acknowledged
//   go             after a rest
//   mark WORDS     noted in the record
//
// Each is answered with a line: how many messages each client has sent. At the end of the input the file is gone.
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <deque>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "gateway/base/clock.hpp"
#include "tests/blockdev/publisher.hpp"
#include "tests/blockdev/recorded_file.hpp"

namespace tidegate::blockdev {
namespace {

/// What a flush takes. A gateway that acknowledges while its flush runs is seen doing it.
constexpr std::chrono::microseconds kFlushTakes{300};
/// Messages in flight: one after another, a few, and many.
constexpr std::array<unsigned, 3> kWindows{1, 16, 6};

class Recorder {
 public:
  explicit Recorder(const std::string& record) : record_(record) {
    for (std::uint32_t client = 0; client < kWindows.size(); ++client)
      publishers_.emplace_back(client, kWindows[client], record_);
  }

  int run(const std::string& path) {
    auto file = RecordedFile::mount_over(path, record_, [this] { hold_flush(); });
    if (!file) return std::fprintf(stderr, "recorder: %s\n", file.error().message.c_str()), 1;
    file_ = std::move(*file);
    ::prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);  // memory that we ask for must not wait for what we have to store
    answer();
    while (turn()) {
    }
    return 0;
  }

 private:
  /// One event, whatever comes first; false when nobody commands any more.
  bool turn() {
    std::vector<pollfd> polled{{file_->descriptor(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    for (const Publisher& publisher : publishers_) polled.push_back(pollfd_of(publisher));
    ::poll(polled.data(), polled.size(), -1);
    for (Publisher& publisher : publishers_) publisher.turn();
    if (polled[0].revents != 0) file_->serve();
    if (polled[1].revents != 0 && !take_commands()) return false;
    if (reached()) answer();
    return true;
  }

  /// While the device is busy with it: whatever was acknowledged by now was so before the flush.
  void hold_flush() {
    const Monotonic end = clock_.monotonic() + kFlushTakes;
    for (Monotonic now = clock_.monotonic(); now < end; now = clock_.monotonic()) {
      std::vector<pollfd> polled;
      for (const Publisher& publisher : publishers_) polled.push_back(pollfd_of(publisher));
      const timespec left{0, (end - now).count() * 1'000};
      ::ppoll(polled.data(), polled.size(), &left, nullptr);
      for (Publisher& publisher : publishers_) publisher.turn();
    }
  }

  static pollfd pollfd_of(const Publisher& publisher) {
    return {publisher.descriptor(), static_cast<short>(publisher.wants_to_write() ? POLLIN | POLLOUT : POLLIN), 0};
  }

  bool take_commands() {
    std::array<char, 4096> chunk{};
    const ssize_t got = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (got <= 0) return false;
    input_.append(chunk.data(), static_cast<std::size_t>(got));
    for (std::size_t end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
      obey(input_.substr(0, end));
      input_.erase(0, end + 1);
    }
    return true;
  }

  void obey(const std::string& line) {
    std::istringstream words(line);
    std::string act;
    std::uint64_t number = 0;
    words >> act >> number;
    if (act == "await") {
      awaited_ = acknowledged() + number;
      return;
    }
    if (act == "rest" || act == "go")
      for (Publisher& publisher : publishers_) publisher.rest(act == "rest");
    if (act == "rest") {
      resting_ = true;
      return;
    }
    if (act == "connect")
      for (Publisher& publisher : publishers_) publisher.connect(static_cast<std::uint16_t>(number));
    if (act == "mark") record_.add(mark_event(line.substr(5)));
    answer();
  }

  /// Whether what is waited for has come.
  bool reached() {
    bool quiet = resting_;
    for (const Publisher& publisher : publishers_) quiet = quiet && publisher.quiet();
    const bool enough = awaited_ && acknowledged() >= *awaited_;
    if (quiet) resting_ = false;
    if (enough) awaited_.reset();
    return quiet || enough;
  }

  [[nodiscard]] std::uint64_t acknowledged() const {
    std::uint64_t sum = 0;
    for (const Publisher& publisher : publishers_) sum += publisher.acknowledged();
    return sum;
  }

  void answer() const {
    for (const Publisher& publisher : publishers_)
      std::cout << publisher.sent() << (&publisher == &publishers_.back() ? "\n" : " ");
    std::cout.flush();
  }

  SystemClock clock_;
  RecordWriter record_;
  std::deque<Publisher> publishers_;
  std::unique_ptr<RecordedFile> file_;
  std::string input_;
  std::optional<std::uint64_t> awaited_;
  bool resting_ = false;
};

}  // namespace
}  // namespace tidegate::blockdev

int main(int argc, char** argv) {
  if (argc != 3) return std::fprintf(stderr, "usage: recorder FILE RECORD\n"), 2;
  return tidegate::blockdev::Recorder(argv[2]).run(argv[1]);
}
