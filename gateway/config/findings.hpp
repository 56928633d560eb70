#pragma once

#include <string>
#include <vector>

#include "gateway/config/assemble.hpp"

namespace tidegate::config {

/// Where a rule asks what was written, and says at that place what is wrong with it. Keys are those of Sources.
class Findings {
 public:
  /// Adds to `faults`. Both outlive it.
  Findings(const Sources& sources, std::vector<Fault>& faults) : sources_(sources), faults_(faults) {}

  [[nodiscard]] bool is_set(const std::string& key) const { return sources_.contains(key); }

  /// As it was written, whether or not it was taken; nothing if it is not set, or is no text.
  [[nodiscard]] const std::string* text(const std::string& key) const;

  /// At what was written under `key`, or in no place at all.
  void fault(const std::string& key, std::string message);

  /// At one element of the list under `key`, which is set; the message begins with the key.
  void element_fault(const std::string& key, std::size_t index, const std::string& message);

 private:
  const Sources& sources_;
  std::vector<Fault>& faults_;
};

}  // namespace tidegate::config
