// Any bytes, in any pieces, to the server's side of a connection. The first byte chooses where the pieces are cut, the
// second whether a good CONNECT goes before, so that what comes after one is reached at once.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "proto/mqtt/client_codec.hpp"
#include "proto/mqtt/server_session.hpp"
#include "proto/mqtt/topic.hpp"

namespace {

using namespace tidegate::mqtt;

/// Reads each byte of a view, for the sanitizer to judge.
template <class View>
void touch(const View& view) {
  volatile unsigned sum = 0;
  for (const auto element : view) sum = sum + static_cast<unsigned>(element);
}

void touch(TopicFilters filters) {
  for (TopicFilter filter; filters.next(filter);) {
    if (!valid_filter(filter.filter)) std::abort();
    touch(filter.filter);
  }
}

/// As many messages as the client takes, of both qualities, so that what it says of them may be right.
void deliver(ServerSession& session, Buffer& output) {
  Delivery delivery;
  delivery.message.topic = "t";
  delivery.message.packet_id = kLeastGivenId;
  do {
    const bool once = ++delivery.message.packet_id % 2 == 0;
    delivery.message.qos = once ? QoS::kExactlyOnce : QoS::kAtLeastOnce;
  } while (session.publish(delivery, output) == Sent::kSent);
}

void answer(const Ack& ack, ServerSession& session, Buffer& output) {
  if (ack.kind == AckKind::kPubrec && !ack.refuses()) session.acknowledge({AckKind::kPubrel, ack.packet_id}, output);
  if (ack.kind == AckKind::kPubrel) session.acknowledge({AckKind::kPubcomp, ack.packet_id}, output);
}

/// True if the session goes on.
bool react(const Event& event, ServerSession& session, Buffer& output) {
  if (const auto* connect = std::get_if<Connect>(&event)) {
    touch(connect->client_id);
    if (connect->user_name) touch(*connect->user_name);
    if (connect->password) touch(*connect->password);
    if (connect->will) {
      touch(connect->will->topic);
      touch(connect->will->payload);
      touch(publish_properties(*connect->will));
    }
    session.accept({.assigned_client_id = connect->client_id.empty() ? "assigned" : ""}, output);
  }
  if (const auto* publish = std::get_if<Publish>(&event)) {
    if (!valid_topic(publish->topic)) std::abort();
    touch(publish->properties);
    touch(publish->payload);
    if (publish->qos == QoS::kAtLeastOnce) session.acknowledge({AckKind::kPuback, publish->packet_id}, output);
    if (publish->qos == QoS::kExactlyOnce) session.acknowledge({AckKind::kPubrec, publish->packet_id}, output);
  }
  if (const auto* ack = std::get_if<Ack>(&event)) answer(*ack, session, output);
  const Reason reasons[] = {Reason::kSuccess};
  if (const auto* subscribe = std::get_if<Subscribe>(&event)) {
    touch(subscribe->filters);
    session.suback(subscribe->packet_id, reasons, output);
    deliver(session, output);
  }
  if (const auto* unsubscribe = std::get_if<Unsubscribe>(&event)) {
    touch(unsubscribe->filters);
    session.unsuback(unsubscribe->packet_id, reasons, output);
  }
  return !std::holds_alternative<Failure>(event) && !std::holds_alternative<Disconnect>(event);
}

Buffer conversation(unsigned opening, Bytes rest) {
  Buffer input;
  Connect connect;
  connect.client_id = "c";
  connect.version = (opening & 1) != 0 ? Version::k5 : Version::k311;
  if ((opening & 2) != 0) encode_connect(connect, input);
  input.insert(input.end(), rest.begin(), rest.end());
  return input;
}

/// Feeds `input` a `piece` at a time.
void converse(Bytes input, std::size_t piece) {
  const ServerLimits limits{.maximum_packet_size = 4096, .receive_maximum = 8};
  ServerSession session(limits);
  Buffer output;
  std::size_t taken = 0;
  for (std::size_t arrived = 0; arrived < input.size();) {
    arrived = std::min(arrived + piece, input.size());
    // A copy of exactly what arrived: a read beyond it is a read beyond the allocation.
    const Bytes unread = input.subspan(taken, arrived - taken);
    const Buffer copy(unread.begin(), unread.end());
    Bytes rest(copy);
    while (true) {
      const Event event = session.next(rest, output);
      if (std::holds_alternative<NeedMore>(event)) break;
      if (!react(event, session, output)) return;
    }
    taken = arrived - rest.size();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Bytes rest = std::as_bytes(std::span(data + 2, size - 2));
  converse(conversation(data[1], rest), std::size_t{data[0]} + 1);
  return 0;
}
