#include "gateway/north/dead_letter.hpp"

namespace tidegate::north {
namespace {

constexpr std::size_t kMostReason = 200;

/// A User Property (MQTT 5.0 section 2.2.2.2): its identifier, then two texts with two bytes of length each.
void add_user_property(Buffer& out, std::string_view name, std::string_view value) {
  out.push_back(std::byte{0x26});
  for (const std::string_view text : {name, value}) {
    out.push_back(static_cast<std::byte>(text.size() >> 8));
    out.push_back(static_cast<std::byte>(text.size() & 0xFF));
    append(out, as_bytes(text));
  }
}

}  // namespace

Result<store::Ticket> StoreDeadLetter::park(const store::Record& record, const Refusal& refusal) {
  Buffer properties(record.message.properties.begin(), record.message.properties.end());
  add_user_property(properties, "tidegate-refused-by", refusal.upstream);
  add_user_property(properties, "tidegate-id",
                    gateway_id_ + "/" + refusal.lane.stream + "/" + to_string(refusal.lane.incarnation) + "/" +
                        std::to_string(record.offset.value));
  add_user_property(properties, "tidegate-reason", std::string_view(refusal.reason).substr(0, kMostReason));
  store::Message message = record.message;
  message.properties = properties;
  auto ticket = store_.append(stream_, message, store::Urgency::kAtOnce);
  store_.submit();
  return ticket;
}

}  // namespace tidegate::north
