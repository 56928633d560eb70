#include "tests/fleet/verify.hpp"

#include <algorithm>

namespace tidegate::fleet {
namespace {

constexpr std::size_t kMaxExamples = 10;

}  // namespace

Verifier::Verifier(const std::vector<SentMessage>& sent) {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto [place, added] = messages_.try_emplace({sent[i].topic, sent[i].payload}, Arrivals{&sent[i], i});
    if (!added) fault(verdict_.doubled, "in the journal twice", sent[i].topic, sent[i].payload);
    if (sent[i].acknowledged) ++verdict_.acked;
  }
}

void Verifier::add(const DeliveredMessage& delivered) {
  if (!identities_[delivered.lane].insert(delivered.offset).second) {
    return fault(verdict_.doubled, "identity is there twice", delivered.topic, delivered.payload);
  }
  const auto found = messages_.find({delivered.topic, delivered.payload});
  if (found == messages_.end()) {
    return fault(verdict_.invented, "was never sent", delivered.topic, delivered.payload);
  }
  Arrivals& arrivals = found->second;
  if (++arrivals.times > arrivals.sent->times_sent) {
    return fault(verdict_.doubled, "is there more often than it was sent", delivered.topic, delivered.payload);
  }
  if (arrivals.times > 1) return;  // sent again by the sensor itself

  ++verdict_.delivered;
  const auto [newest, first] = newest_.try_emplace(arrivals.sent->topic, arrivals.number);
  if (!first && arrivals.number < newest->second) {
    fault(verdict_.reordered, "arrived after a later one", delivered.topic, delivered.payload);
  }
  newest->second = std::max(newest->second, arrivals.number);
}

Verdict Verifier::finish() {
  for (const auto& [key, arrivals] : messages_) {
    if (arrivals.sent->acknowledged && arrivals.times == 0) {
      fault(verdict_.lost, "was acknowledged and is not there", key.first, key.second);
    }
  }
  return std::move(verdict_);
}

void Verifier::fault(std::uint64_t& count, std::string_view what, std::string_view topic, std::string_view payload) {
  ++count;
  if (verdict_.examples.size() >= kMaxExamples) return;
  verdict_.examples.push_back(std::string(topic).append(" ").append(payload).append(": ").append(what));
}

std::string to_string(const Verdict& verdict) {
  const auto part = [](const char* name, std::uint64_t count) { return name + std::to_string(count); };
  return part("acked=", verdict.acked) + part(" delivered=", verdict.delivered) + part(" lost=", verdict.lost) +
         part(" doubled=", verdict.doubled) + part(" reordered=", verdict.reordered) +
         part(" invented=", verdict.invented);
}

}  // namespace tidegate::fleet
