#include "gateway/base/crash_loop.hpp"

#include <charconv>
#include <sstream>
#include <utility>

#include "gateway/base/text_file.hpp"

namespace tidegate {

CrashLoop::CrashLoop(std::string path, std::chrono::microseconds within, Disk& disk, const Clock& clock)
    : path_(std::move(path)), within_(within), disk_(disk), clock_(clock) {}

Result<void> CrashLoop::begin() {
  read();
  if (crashed_) crashes_.push_back(clock_.monotonic());
  if (crashes_.size() > kCrashes) crashes_.erase(crashes_.begin());
  const bool enough = crashes_.size() == kCrashes && crashes_.back() - crashes_.front() <= within_;
  found_ = within_.count() > 0 && (found_ || enough);
  return save(true);
}

Result<void> CrashLoop::lift() {
  crashes_.clear();
  found_ = false;
  return save(true);
}

Result<void> CrashLoop::end_cleanly() { return disk_.remove(path_); }

Result<void> CrashLoop::end_with_error() { return save(false); }

// Anything may be in the file. A line that is not understood says nothing.
void CrashLoop::read() {
  const auto text = read_text_file(disk_, path_, 4096);
  if (!text) return;
  std::istringstream lines(*text);
  std::string line;
  if (!std::getline(lines, line) || line != "boot " + to_hex(clock_.boot_id().bytes)) return;
  const Monotonic now = clock_.monotonic();
  while (std::getline(lines, line)) {
    if (line == "running") crashed_ = true;
    if (line == "loop") found_ = true;
    constexpr std::string_view kCrash = "crash ";
    std::int64_t at_us = 0;
    if (!line.starts_with(kCrash)) continue;
    const auto [end, error] = std::from_chars(line.data() + kCrash.size(), line.data() + line.size(), at_us);
    if (error == std::errc{} && Monotonic(at_us) <= now) crashes_.emplace_back(at_us);
  }
}

// Under another name first, so that a kill in the middle leaves the old content.
Result<void> CrashLoop::save(bool running) {
  std::string text = "boot " + to_hex(clock_.boot_id().bytes) + "\n";
  for (const Monotonic at : crashes_) text += "crash " + std::to_string(at.count()) + "\n";
  if (found_) text += "loop\n";
  if (running) text += "running\n";
  const std::string draft = path_ + ".new";
  {
    const auto file = disk_.open(draft, OpenMode::kCreate);
    if (!file) return file.error();
    if (auto written = (*file)->write_at(0, as_bytes(text)); !written) return written;
  }
  return disk_.rename(draft, path_);
}

}  // namespace tidegate
