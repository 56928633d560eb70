#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace tidegate::mqtt {

using Bytes = std::span<const std::byte>;
using Buffer = std::vector<std::byte>;

enum class Version : std::uint8_t { k311 = 4, k5 = 5 };
enum class QoS : std::uint8_t { kAtMostOnce = 0, kAtLeastOnce = 1, kExactlyOnce = 2 };

/// Reason codes of MQTT 5.0 section 2.4, those that this server sends or understands. For 3.1.1 peers they are mapped
/// where that version has a code (CONNACK, SUBACK) and left out elsewhere.
enum class Reason : std::uint8_t {
  kSuccess = 0x00,  ///< In a SUBACK: granted at QoS 0.
  kGrantedQos1 = 0x01,
  kGrantedQos2 = 0x02,
  kDisconnectWithWill = 0x04,
  kNoMatchingSubscribers = 0x10,
  kNoSubscriptionExisted = 0x11,
  kUnspecified = 0x80,
  kMalformedPacket = 0x81,
  kProtocolError = 0x82,
  kImplementationSpecific = 0x83,
  kUnsupportedVersion = 0x84,
  kClientIdNotValid = 0x85,
  kBadUserNameOrPassword = 0x86,
  kNotAuthorized = 0x87,
  kServerUnavailable = 0x88,
  kServerBusy = 0x89,
  kServerShuttingDown = 0x8B,
  kBadAuthenticationMethod = 0x8C,
  kKeepAliveTimeout = 0x8D,
  kSessionTakenOver = 0x8E,
  kTopicFilterInvalid = 0x8F,
  kTopicNameInvalid = 0x90,
  kPacketIdentifierNotFound = 0x92,
  kReceiveMaximumExceeded = 0x93,
  kTopicAliasInvalid = 0x94,
  kPacketTooLarge = 0x95,
  kQuotaExceeded = 0x97,
  kQosNotSupported = 0x9B,
  kSharedSubscriptionsNotSupported = 0x9E,
};
std::string_view to_string(Reason reason);

/// The message a server publishes for a client that vanished (MQTT 5.0 section 3.1.2.5). Views into the input.
struct Will {
  std::string_view topic;
  Bytes payload;
  Bytes properties;  ///< Will properties as they came; publish_properties() makes them those of a PUBLISH.
  QoS qos = QoS::kAtMostOnce;
  bool retain = false;
};

/// The properties that the will's PUBLISH carries: `will.properties` without the Will Delay Interval, which speaks to
/// the server alone (MQTT 5.0 section 3.1.3.2.2).
Buffer publish_properties(const Will& will);

/// CONNECT, decoded. Views into the input.
struct Connect {
  Version version = Version::k311;
  std::string_view client_id;  ///< Empty: the server assigns one.
  std::optional<std::string_view> user_name;
  std::optional<Bytes> password;
  std::optional<Will> will;
  std::chrono::seconds keep_alive{0};
  bool clean_start = true;
  std::uint32_t session_expiry_s = 0;
  std::uint32_t maximum_packet_size = UINT32_MAX;  ///< What the client accepts.
  std::uint16_t receive_maximum = UINT16_MAX;      ///< QoS 1 and 2 messages it takes at a time; 3.1.1 has no limit.
};

/// PUBLISH, decoded or to be sent. Views into the input, or into what its sender owns.
struct Publish {
  std::string_view topic;
  Bytes payload;
  Bytes properties;  ///< MQTT 5 properties as they came, checked, without their length; empty for 3.1.1.
  std::uint16_t packet_id = 0;
  QoS qos = QoS::kAtMostOnce;
  bool dup = false;
  bool retain = false;
};

/// When a new subscription brings the retained messages (MQTT 5.0 section 3.8.3.1); 3.1.1: always.
enum class RetainHandling : std::uint8_t { kAlways = 0, kIfNew = 1, kNever = 2 };

/// One filter of a SUBSCRIBE with its options, or one of an UNSUBSCRIBE without.
struct TopicFilter {
  std::string_view filter;
  QoS maximum_qos = QoS::kAtMostOnce;
  bool no_local = false;
  bool retain_as_published = false;
  RetainHandling retain_handling = RetainHandling::kAlways;
};

/// A shared subscription (MQTT 5.0 section 4.8.2). Refused from 3.1.1 clients too: they mean the same by it.
constexpr bool is_shared(std::string_view filter) { return filter.starts_with("$share/"); }

/// The filters of one packet, which was checked: walked over in their order, as often as wanted. A view into the input.
class TopicFilters {
 public:
  TopicFilters() = default;
  TopicFilters(Bytes raw, bool with_options) : rest_(raw), with_options_(with_options) {}

  /// False at the end.
  bool next(TopicFilter& filter);

 private:
  Bytes rest_;
  bool with_options_ = false;
};

/// SUBSCRIBE; to be answered with suback().
struct Subscribe {
  std::uint16_t packet_id = 0;
  std::uint32_t identifier = 0;  ///< Subscription Identifier; 0: none.
  TopicFilters filters;
};

/// UNSUBSCRIBE; to be answered with unsuback().
struct Unsubscribe {
  std::uint16_t packet_id = 0;
  TopicFilters filters;
};

/// The packets that speak of a message by its identifier, numbered as packet types. PUBACK: the receiver of a QoS 1
/// message has it, or refuses it for good. Of QoS 2, PUBREC: the receiver has it, or refuses it for good; PUBREL: the
/// sender knows that, and will not send it again; PUBCOMP: the receiver has forgotten the identifier.
enum class AckKind : std::uint8_t { kPuback = 4, kPubrec = 5, kPubrel = 6, kPubcomp = 7 };
struct Ack {
  AckKind kind = AckKind::kPuback;
  std::uint16_t packet_id = 0;
  Reason reason = Reason::kSuccess;

  /// The receiver will never take the message: it may be forgotten as if it had.
  [[nodiscard]] bool refuses() const { return reason >= Reason::kUnspecified; }
};

/// To a client, identifiers below this are allotted to QoS 1 by its connection, those from here on are given to QoS 2
/// by whoever keeps them beyond the connection: so neither need ask the other what is free.
inline constexpr std::uint16_t kLeastGivenId = 0x8000;

/// DISCONNECT from the client. Only reason 0x00 discards the will [MQTT-3.14.4-3]; 3.1.1 knows no other.
struct Disconnect {
  bool discard_will = true;
  Reason reason = Reason::kSuccess;
  std::optional<std::uint32_t> session_expiry_s;  ///< Instead of what CONNECT asked for; 5.0 only.
};

/// The peer broke the protocol or asked for what is not offered; the last words to it are already in the output: send
/// them, then close the connection.
struct Failure {
  Reason reason = Reason::kProtocolError;
  std::string_view explanation;  ///< Static text with the normative statement, e.g. "a second CONNECT [MQTT-3.1.0-2]".
};

/// The front of the input is not a whole packet yet.
struct NeedMore {};

/// A packet was handled inside the session (PINGREQ); go on.
struct Handled {};

using Event = std::variant<NeedMore, Handled, Connect, Publish, Ack, Subscribe, Unsubscribe, Disconnect, Failure>;

}  // namespace tidegate::mqtt
