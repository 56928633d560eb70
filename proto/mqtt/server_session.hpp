#pragma once

#include <memory>
#include <span>

#include "proto/mqtt/answers.hpp"
#include "proto/mqtt/in_flight.hpp"
#include "proto/mqtt/packet.hpp"
#include "proto/mqtt/types.hpp"

namespace tidegate::mqtt {

class Reader;

/// What the server offers, announced in CONNACK and enforced.
struct ServerLimits {
  std::uint32_t maximum_packet_size = 268'435'460;
  std::uint32_t maximum_connect_size = 16 << 10;  ///< Of a CONNECT, will included: nobody knows yet who sends it.
  std::uint16_t receive_maximum = 1024;    ///< QoS 1 and 2 messages not done with at a time, per client (MQTT 5 only).
  std::uint16_t send_maximum = 128;        ///< The same to a client; less if it takes less.
  std::chrono::seconds keep_alive_max{0};  ///< If not 0, longer (or no) keep-alives are replaced by it (MQTT 5 only).
};

/// What the server answers to a CONNECT it accepts.
struct Accept {
  /// Sent to a 5.0 client that gave none; empty otherwise. At most kMaxAssignedClientIdBytes.
  std::string_view assigned_client_id = {};
  bool session_present = false;
  std::optional<std::uint32_t> session_expiry_s = {};  ///< If it is not what the client asked for; told to 5.0 only.
};

/// A message for the client. Of QoS 1, the session allots the packet identifier; of QoS 2, it is given, from
/// kLeastGivenId on.
struct Delivery {
  Publish message;
  std::chrono::seconds waited{0};                   ///< Since the server took it.
  std::span<const std::uint32_t> identifiers = {};  ///< Of the subscriptions it is sent for; told to 5.0 clients.
};

/// What became of a Delivery.
enum class Sent : std::uint8_t {
  kSent,
  kNoQuota,   ///< As many are in flight as the client takes at a time: try again after its next PUBACK or PUBCOMP.
  kTooLarge,  ///< For this client's Maximum Packet Size; never tried again [MQTT-3.1.2-25].
  kExpired,   ///< It waited for longer than its publisher allows; never tried again [MQTT-3.3.2-5].
};

/// The server's side of one MQTT 3.1.1 or 5.0 connection: bytes in, events and bytes out. No I/O, no clock, no thread.
///
///   while (true) { Event e = session.next(input, output); ... NeedMore: read more; Failure: write output, close }
///
/// After Connect the caller answers with accept() or refuse(); until then next() takes nothing and says NeedMore.
/// Acknowledging is the caller's, with acknowledge() in the order of receipt [MQTT-4.6.0-2]: PUBACK or PUBREC for a
/// Publish, PUBREL for a PUBREC, PUBCOMP for a PUBREL; so is answering Subscribe and Unsubscribe, with suback() and
/// unsuback(), and delivering what was subscribed to, with publish(). What was said and heard of QoS 2 outlives the
/// connection, so it is the caller's to keep; this knows what is in flight on it. After Disconnect, Failure, refuse()
/// and disconnect() the session is over: next() throws away what still comes [MQTT-3.1.4-6] and says NeedMore. Views in
/// an event are valid as long as the input is.
///
/// A packet over the limit, of a wrong kind or with wrong flags fails as soon as its first bytes tell, so nobody has to
/// buffer it. What the server does not offer it refuses in words: topic aliases (announced maximum 0), enhanced
/// authentication (CONNACK 0x8C), shared subscriptions (announced; the caller refuses what is_shared()). CONFORMANCE.md
/// has it line by line.
class ServerSession {
 public:
  explicit ServerSession(const ServerLimits& limits) : limits_(&limits) {}  // limits outlive the session

  /// Decodes one packet from the front of `input` and removes it. May append to `output`.
  Event next(Bytes& input, Buffer& output);

  void accept(const Accept& answer, Buffer& output);
  /// CONNACK with `reason`, for 3.1.1 with the return code nearest in meaning; then the caller closes.
  void refuse(Reason reason, Buffer& output);
  /// Confirms what the client said of a message, or begins again with PUBREL where an earlier connection ended. 3.1.1
  /// has no reason: it always says success.
  void acknowledge(const Ack& ack, Buffer& output);
  /// A reason for each filter, in their order: the QoS granted or what hinders. Goes out before the next packet is
  /// decoded.
  void suback(std::uint16_t packet_id, std::span<const Reason> reasons, Buffer& output);
  void unsuback(std::uint16_t packet_id, std::span<const Reason> reasons, Buffer& output);
  /// Sends a message to the client, which must be connected().
  Sent publish(const Delivery& delivery, Buffer& output);
  /// The server closes: 5.0 clients are told why, 3.1.1 clients have no such packet.
  void disconnect(Reason reason, Buffer& output);

  [[nodiscard]] Version version() const { return version_; }
  [[nodiscard]] bool connected() const { return state_ == State::kConnected; }
  /// connected(), or was until the session ended: a will that nobody discarded is due now [MQTT-3.1.2-8].
  [[nodiscard]] bool was_accepted() const { return accepted_; }
  /// The connection is dead when nothing came for this long: 1.5 times keep-alive [MQTT-3.1.2-22]; 0: never.
  [[nodiscard]] std::chrono::milliseconds silence_limit() const {
    return std::chrono::milliseconds(std::int64_t{keep_alive_s_} * 1500);
  }

 private:
  enum class State : std::uint8_t { kExpectConnect, kAwaitAnswer, kConnected, kClosed };
  using Decoder = Event (ServerSession::*)(const FixedHeader& header, Reader& packet, Buffer& output);
  struct Kind {
    Decoder decode;
    std::uint8_t flags;
  };

  static const Kind& kind_of(PacketType type);
  [[nodiscard]] std::optional<Failure> fault_of(const FixedHeader& header) const;
  Event refuse_large_connect(Bytes body, Buffer& output);

  Event on_connect(const FixedHeader& header, Reader& packet, Buffer& output);
  Event on_publish(const FixedHeader& header, Reader& packet, Buffer& output);
  Event on_ack(const FixedHeader& header, Reader& packet, Buffer& output);
  Event answer_unknown_pubrec(std::uint16_t packet_id, Buffer& output);
  Event on_subscribe(const FixedHeader& header, Reader& packet, Buffer& output);
  Event on_unsubscribe(const FixedHeader& header, Reader& packet, Buffer& output);
  Event on_pingreq(const FixedHeader& header, Reader& packet, Buffer& output);
  Event on_disconnect(const FixedHeader& header, Reader& packet, Buffer& output);
  Event on_misplaced(const FixedHeader& header, Reader& packet, Buffer& output);

  InFlight& in_flight();
  Event fail(const Failure& failure, Buffer& output);
  void say_last_words(Reason reason, std::string_view explanation, Buffer& output);

  const ServerLimits* limits_;
  std::unique_ptr<InFlight> in_flight_;  // what was sent at QoS 1 and 2; most sensors are never sent anything
  PeerWishes wishes_;
  std::uint16_t keep_alive_s_ = 0;
  std::uint16_t unanswered_ = 0;  // messages without PUBACK or PUBCOMP; counted for 5.0 only
  State state_ = State::kExpectConnect;
  Version version_ = Version::k311;
  bool wanted_session_expiry_ = false;
  bool accepted_ = false;
};
static_assert(sizeof(ServerSession) <= 32, "there are tens of thousands of these");

}  // namespace tidegate::mqtt
