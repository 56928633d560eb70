#pragma once

#include "proto/mqtt/types.hpp"

namespace tidegate::mqtt {

/// What a client sends, encoded; for the gateway as client of a broker, the fleet, the benches and the tests. Appends
/// to `output`. Nothing is checked: a test may well want to send what is wrong. Texts are at most 65,535 bytes.
///
/// Of a CONNECT's 5.0 properties, Session Expiry Interval, Receive Maximum and Maximum Packet Size are sent where they
/// differ from the default.
void encode_connect(const Connect& connect, Buffer& output);
void encode_publish(const Publish& publish, Version version, Buffer& output);
/// 3.1.1 knows nothing of a filter's options but the QoS.
void encode_subscribe(std::uint16_t packet_id, std::span<const TopicFilter> filters, Version version, Buffer& output);
void encode_ack(const Ack& ack, Version version, Buffer& output);
void encode_pingreq(Buffer& output);
void encode_disconnect(Version version, Buffer& output);

/// Views into the input.
struct Connack {
  bool session_present = false;
  Reason reason = Reason::kSuccess;            ///< 3.1.1 return codes are mapped to the 5.0 reason.
  std::uint16_t receive_maximum = UINT16_MAX;  ///< QoS 1 and 2 messages it takes at a time; 3.1.1 has no limit.
  std::string_view assigned_client_id;
  std::optional<std::chrono::seconds> server_keep_alive;  ///< Instead of the client's own [MQTT-3.1.2-21].
};
/// One reason for each filter of the SUBSCRIBE, in its order.
struct Suback {
  std::uint16_t packet_id = 0;
  Bytes reasons;
};
/// The server ends the connection; 5.0 only.
struct ServerDisconnect {
  Reason reason = Reason::kSuccess;
};
/// A PUBLISH that is larger than is decoded. The bytes that are `missing` are the caller's to skip.
struct TooLarge {
  Publish start;                ///< Without properties and payload.
  std::size_t packet_size = 0;  ///< Bytes.
  std::size_t missing = 0;      ///< Bytes of it that were not in the input.
};
/// Any other packet of a server, by its type nibble.
struct OtherPacket {
  std::uint8_t type = 0;
};
using ClientEvent =
    std::variant<NeedMore, Connack, Publish, TooLarge, Ack, Suback, ServerDisconnect, OtherPacket, Failure>;

/// Decodes one packet of a server from the front of `input` and removes it. After Failure the connection is of no more
/// use. NeedMore: `input`, which is no longer than the larger of `max_packet` and kLongestStart, is as it was.
ClientEvent decode_from_server(Bytes& input, Version version, std::size_t max_packet = SIZE_MAX);

/// Fixed header, topic and packet identifier of a PUBLISH, in bytes.
inline constexpr std::size_t kLongestStart = 5 + 2 + UINT16_MAX + 2;

}  // namespace tidegate::mqtt
