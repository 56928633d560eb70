#include "gateway/ingest/incoming.hpp"

namespace tidegate::ingest {

HeldMessage::HeldMessage(const Incoming& incoming)
    : topic_(incoming.topic),
      payload_(incoming.payload.begin(), incoming.payload.end()),
      properties_(incoming.properties.begin(), incoming.properties.end()),
      rest_{{}, {}, {}, incoming.qos, incoming.retain, incoming.packet_id, incoming.act} {}

Incoming HeldMessage::view() const {
  Incoming whole = rest_;
  whole.topic = topic_;
  whole.payload = payload_;
  whole.properties = properties_;
  return whole;
}

std::vector<HeldMessage> hold(std::span<const Incoming> messages) {
  return std::vector<HeldMessage>(messages.begin(), messages.end());
}

}  // namespace tidegate::ingest
