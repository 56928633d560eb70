#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/disk.hpp"

namespace tidegate {

/// Notices that a program crashes again and again, by one small file: it says that the program runs, and a start that
/// still finds it there follows a crash.
///
/// A loop is kCrashes crashes of one boot of the machine, the first and the last of which were noticed, by the starts
/// that followed them, at most `within` apart. It lasts through further crashes until lift(), end_cleanly() or another
/// boot. Times are monotonic, so that a clock that jumps changes nothing, and what another boot wrote is forgotten, so
/// that a power cut is no crash.
///
/// Nothing is flushed: what a power cut takes would not count. An error means that crashes are not counted, and is no
/// reason not to start. One thread.
class CrashLoop {
 public:
  static constexpr std::size_t kCrashes = 3;

  /// `within` zero: a loop is never found. `path` names a file in a directory that exists and that is this process's
  /// own (DirectoryLock).
  CrashLoop(std::string path, std::chrono::microseconds within, Disk& disk, const Clock& clock);

  /// Early in a start: counts how the last run ended, and says that another one runs.
  Result<void> begin();
  /// Whether a loop was found.
  [[nodiscard]] bool found() const { return found_; }
  /// The owner wants another try: from now on crashes are counted anew.
  Result<void> lift();
  /// The program was told to stop and has done so: forgets everything.
  Result<void> end_cleanly();
  /// The program ends because it cannot go on, and says why. Not a crash; what was counted stays.
  Result<void> end_with_error();

 private:
  void read();
  Result<void> save(bool running);

  std::string path_;
  std::chrono::microseconds within_;
  Disk& disk_;
  const Clock& clock_;
  std::vector<Monotonic> crashes_;  // when they were noticed, oldest first
  bool crashed_ = false;            // the file says that a run did not end
  bool found_ = false;
};

}  // namespace tidegate
