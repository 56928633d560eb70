#pragma once

#include <cstddef>
#include <cstdint>

#include "gateway/base/metrics.hpp"

namespace tidegate::sessions {

/// Memory of all sessions together: who they are, what they subscribe to, have received and are owed. It is about what
/// a snapshot of them takes on the disk, so its limit bounds both.
class Budget {
 public:
  Budget(std::size_t limit, Gauge& gauge) : limit_(limit), gauge_(gauge) {}

  [[nodiscard]] bool has(std::size_t bytes) const { return used_ + bytes <= limit_; }
  void take(std::size_t bytes) { set(used_ + bytes); }
  void give_back(std::size_t bytes) { set(used_ - bytes); }
  [[nodiscard]] std::size_t used() const { return used_; }
  [[nodiscard]] std::size_t limit() const { return limit_; }

 private:
  void set(std::size_t used) {
    used_ = used;
    gauge_.set(static_cast<std::int64_t>(used));
  }

  const std::size_t limit_;
  Gauge& gauge_;
  std::size_t used_ = 0;
};

}  // namespace tidegate::sessions
