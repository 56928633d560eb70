#include "tests/fleet/ledger.hpp"

#include <cstdio>
#include <fstream>

#include "tests/fleet/journal.hpp"

namespace tidegate::fleet {

Ledger::Entry Ledger::open(std::uint32_t device, std::uint32_t number, Monotonic now) {
  lines_.push_back({.first_sent = now, .device = device, .number = number});
  return lines_.size() - 1;
}

void Ledger::sent(Entry entry) {
  ++lines_[entry].times_sent;
  ++sendings_;
}

void Ledger::acknowledged(Entry entry, Monotonic now) {
  lines_[entry].acknowledged = true;
  ++acknowledged_;
  latency_.record(now - lines_[entry].first_sent);
  recent_latency_->record(now - lines_[entry].first_sent);
}

Result<void> Ledger::write_journal(const std::string& path, const std::vector<Device>& devices) const {
  const std::string unfinished = path + ".part";
  std::ofstream file(unfinished, std::ios::binary);
  JournalWriter journal(file);
  for (const Line& line : lines_) {
    const Device& device = devices[line.device];
    journal.add({.topic = device.topic(),
                 .payload = device.payload(line.number),
                 .times_sent = line.times_sent,
                 .acknowledged = line.acknowledged});
  }
  journal.finish();
  file.close();
  if (file && std::rename(unfinished.c_str(), path.c_str()) == 0) return {};
  return Error{ErrorKind::kIo, "cannot write " + path};
}

}  // namespace tidegate::fleet
