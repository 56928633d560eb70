#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "proto/mqtt/packet.hpp"

namespace tidegate::mqtt {

/// What the client wants of the packets sent to it.
struct PeerWishes {
  std::uint32_t maximum_packet_size = UINT32_MAX;  ///< Larger packets are not sent [MQTT-3.1.2-24].
  std::uint16_t receive_maximum = UINT16_MAX;      ///< QoS 1 and 2 messages sent and not done with [MQTT-3.3.4-9].
  bool problem_information = true;  ///< False: reason strings in CONNACK and DISCONNECT only [MQTT-3.1.2-29].
};

/// What a CONNACK says to a client that is accepted; all but the first to 5.0 alone (section 3.2.2.3).
struct ConnackTerms {
  bool session_present = false;
  std::uint16_t receive_maximum = UINT16_MAX;
  std::uint32_t maximum_packet_size = UINT32_MAX;
  std::optional<std::chrono::seconds> server_keep_alive;  ///< If it differs from what the client asked for.
  std::optional<std::uint32_t> session_expiry_s;          ///< Likewise.
  std::string_view assigned_client_id;
};

constexpr std::size_t kMaxAssignedClientIdBytes = 64;
/// The CONNACK of an accepted 5.0 client takes at most this; what it takes more when an identifier is assigned.
constexpr std::size_t kMaxConnackBytes = 23;
constexpr std::size_t kMaxAssignedClientIdPropertyBytes = 3 + kMaxAssignedClientIdBytes;

void append_connack(Version version, const ConnackTerms& terms, Buffer& output);

/// A CONNACK that refuses. 3.1.1 has six return codes; where it has none for `reason`, nothing is sent.
void append_connack_refusal(Version version, Reason reason, std::string_view explanation, const PeerWishes& wishes,
                            Buffer& output);

/// The server's own DISCONNECT, of 5.0 only.
void append_disconnect(Reason reason, std::string_view explanation, const PeerWishes& wishes, Buffer& output);

/// SUBACK and UNSUBACK, with one reason for each filter; 3.1.1 knows QoS or 0x80 in the first and none in the second. A
/// packet that does not fit is not sent, as if it had been [MQTT-3.1.2-25].
void append_filter_answer(PacketType type, Version version, std::uint16_t packet_id, std::span<const Reason> reasons,
                          const PeerWishes& wishes, Buffer& output);

}  // namespace tidegate::mqtt
