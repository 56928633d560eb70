#include "gateway/sessions/group.hpp"

namespace tidegate::sessions {

void Group::add(const StateRecord& record) {
  constexpr std::size_t kOverhead = 12;  // flags, times, lengths
  store::Message message = encode(record, payloads_.emplace_back());
  if (!std::holds_alternative<Owed>(record)) message.received = now_;
  state_bytes_ += message.topic.size() + message.client.size() + message.properties.size() + message.payload.size();
  state_bytes_ += kOverhead;
  entries_.push_back({state_, message});
}

}  // namespace tidegate::sessions
