#include "gateway/sessions/state_record.hpp"

#include <algorithm>

namespace tidegate::sessions {

namespace {

// What a payload begins with. Those of Identifiers are its Step.
constexpr std::uint8_t kSessionIs = 1;
constexpr std::uint8_t kSessionEnded = 2;
constexpr std::uint8_t kSubscribed = 3;
constexpr std::uint8_t kUnsubscribed = 4;
constexpr std::uint8_t kOwed = 7;
constexpr std::uint8_t kTimeAnchor = 10;

constexpr unsigned kQosBits = 0x03;
constexpr unsigned kNoLocal = 0x04;
constexpr unsigned kRetainAsPublished = 0x08;
constexpr unsigned kRetain = 0x01;

class Encoder {
 public:
  explicit Encoder(Buffer& payload) : out_(payload) {}

  store::Message operator()(const SessionIs& record) {
    begin(kSessionIs, record.session);
    out_.varint(static_cast<std::uint64_t>(record.expiry.count()));
    store::Message message;
    message.client = record.client;
    return message;
  }
  store::Message operator()(const SessionEnded& record) {
    begin(kSessionEnded, record.session);
    return {};
  }
  store::Message operator()(const Subscribed& record) {
    begin(kSubscribed, record.session);
    const SubscriptionOptions& options = record.options;
    out_.u8(static_cast<std::uint8_t>((options.maximum_qos & kQosBits) | (options.no_local ? kNoLocal : 0) |
                                      (options.retain_as_published ? kRetainAsPublished : 0)));
    out_.varint(options.identifier);
    store::Message message;
    message.topic = record.filter;
    return message;
  }
  store::Message operator()(const Unsubscribed& record) {
    begin(kUnsubscribed, record.session);
    store::Message message;
    message.topic = record.filter;
    return message;
  }
  store::Message operator()(const Identifiers& record) {
    begin(static_cast<std::uint8_t>(record.step), record.session);
    for (const std::uint16_t packet_id : record.packet_ids) out_.u16(packet_id);
    return {};
  }
  store::Message operator()(const Owed& record) {
    out_.u8(kOwed);
    out_.varint(record.receivers.size());
    for (const Owed::Receiver& receiver : record.receivers) {
      out_.varint(receiver.session.value);
      out_.u16(receiver.packet_id);
      out_.u8(static_cast<std::uint8_t>(receiver.retain ? kRetain : 0));
      out_.varint(receiver.identifiers.size());
      for (const std::uint32_t identifier : receiver.identifiers) out_.varint(identifier);
    }
    out_.raw(record.message.payload);
    store::Message message = record.message;
    message.client = {};
    return message;
  }
  store::Message operator()(const TimeAnchor& record) {
    out_.u8(kTimeAnchor);
    out_.raw(record.boot.bytes);
    out_.zigzag(record.monotonic.count());
    out_.zigzag(record.wall.count());
    return {};
  }

 private:
  void begin(std::uint8_t kind, SessionNumber session) {
    out_.u8(kind);
    out_.varint(session.value);
  }

  ByteWriter out_;
};

class Decoder {
 public:
  explicit Decoder(const store::Message& message) : message_(message), in_(message.payload) {}

  std::optional<StateRecord> run() {
    const std::uint8_t kind = in_.u8();
    auto record = record_of(kind);
    return in_.ok() ? record : std::nullopt;
  }

 private:
  std::optional<StateRecord> record_of(std::uint8_t kind) {
    switch (kind) {
      case kSessionIs: {
        const SessionNumber session = number();
        return SessionIs{session, message_.client, std::chrono::seconds(static_cast<std::int64_t>(in_.varint()))};
      }
      case kSessionEnded: return SessionEnded{number()};
      case kSubscribed: return subscribed();
      case kUnsubscribed: return Unsubscribed{number(), message_.topic};
      case static_cast<std::uint8_t>(Step::kReceived):
      case static_cast<std::uint8_t>(Step::kReleased):
      case static_cast<std::uint8_t>(Step::kDelivered):
      case static_cast<std::uint8_t>(Step::kDone): return identifiers(static_cast<Step>(kind));
      case kOwed: return owed();
      case kTimeAnchor: return anchor();
      default: return std::nullopt;
    }
  }

  SessionNumber number() { return {in_.varint()}; }

  StateRecord subscribed() {
    Subscribed record{number(), message_.topic, {}};
    const unsigned flags = in_.u8();
    record.options.maximum_qos = static_cast<std::uint8_t>(std::min(flags & kQosBits, 2U));
    record.options.no_local = (flags & kNoLocal) != 0;
    record.options.retain_as_published = (flags & kRetainAsPublished) != 0;
    record.options.identifier = static_cast<std::uint32_t>(in_.varint());
    return record;
  }

  StateRecord identifiers(Step step) {
    Identifiers record{number(), step, {}};
    while (in_.ok() && !in_.at_end()) record.packet_ids.push_back(in_.u16());
    return record;
  }

  StateRecord owed() {
    Owed record{message_, {}};
    for (std::uint64_t left = in_.varint(); left > 0 && in_.ok(); --left) {
      Owed::Receiver receiver{number(), in_.u16(), (in_.u8() & kRetain) != 0, {}};
      for (std::uint64_t ids = in_.varint(); ids > 0 && in_.ok(); --ids)
        receiver.identifiers.push_back(static_cast<std::uint32_t>(in_.varint()));
      record.receivers.push_back(std::move(receiver));
    }
    record.message.payload = in_.rest();
    return record;
  }

  StateRecord anchor() {
    TimeAnchor record;
    std::ranges::copy(in_.raw(record.boot.bytes.size()), record.boot.bytes.begin());
    record.monotonic = Monotonic(in_.zigzag());
    record.wall = WallTime(in_.zigzag());
    return record;
  }

  const store::Message& message_;
  ByteReader in_;
};

}  // namespace

store::Message encode(const StateRecord& record, Buffer& payload) {
  payload.clear();
  store::Message message = std::visit(Encoder(payload), record);
  message.payload = payload;
  return message;
}

std::optional<StateRecord> decode(const store::Message& message) { return Decoder(message).run(); }

}  // namespace tidegate::sessions
