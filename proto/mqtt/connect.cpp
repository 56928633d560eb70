#include "proto/mqtt/connect.hpp"

#include "proto/mqtt/properties.hpp"
#include "proto/mqtt/publish.hpp"

namespace tidegate::mqtt {
namespace {

/// The Connect Flags byte (section 3.1.2.3).
struct Flags {
  bool user_name = false;
  bool password = false;
  bool will_retain = false;
  QoS will_qos = QoS::kAtMostOnce;
  bool will = false;
  bool clean_start = false;
};

void read_version(Reader& packet, ConnectPacket& result);
Flags read_flags(Reader& packet, Version version);
void read_properties(Reader& packet, ConnectPacket& result);
void read_client_id(Reader& packet, Connect& connect);
Will read_will(Reader& packet, const Flags& flags, Version version);

}  // namespace

void decode_connect(Reader& packet, ConnectPacket& result) {
  Connect& connect = result.connect;
  read_version(packet, result);
  const Flags flags = read_flags(packet, connect.version);
  connect.clean_start = flags.clean_start;
  connect.keep_alive = std::chrono::seconds(packet.u16());
  if (connect.version == Version::k5) read_properties(packet, result);
  read_client_id(packet, connect);  // [MQTT-3.1.3-1] gives the order of the rest
  if (flags.will) connect.will = read_will(packet, flags, connect.version);
  if (flags.user_name) connect.user_name = packet.text();
  if (flags.password) connect.password = packet.binary();
  if (!packet.at_end()) packet.fail(Reason::kMalformedPacket, "bytes after the last field of CONNECT (section 3.1.3)");
}

namespace {

void read_version(Reader& packet, ConnectPacket& result) {
  const std::string_view name = packet.text();
  const std::uint8_t level = packet.u8();
  // Neither MQTT nor its predecessor: whatever it is, it would not understand an answer [MQTT-3.1.2-1].
  if (name != "MQTT" && name != "MQIsdp") {
    return packet.fail(Reason::kUnsupportedVersion, "not the protocol name MQTT [MQTT-3.1.2-1]");
  }
  // mosquitto's bridges set the highest bit at first, and try again without it when refused in the form they know.
  const unsigned form = level & 0x7FU;
  result.understood = name == "MQTT" && form >= 5 ? Version::k5 : Version::k311;
  if (name == "MQTT" && (level == 4 || level == 5)) {
    result.connect.version = *result.understood;
  } else {
    packet.fail(Reason::kUnsupportedVersion, "only MQTT 3.1.1 and 5.0 are offered [MQTT-3.1.2-2]");
  }
}

Flags read_flags(Reader& packet, Version version) {
  const std::uint8_t bits = packet.u8();
  Flags flags;
  flags.user_name = (bits & 0x80U) != 0;
  flags.password = (bits & 0x40U) != 0;
  flags.will_retain = (bits & 0x20U) != 0;
  flags.will_qos = static_cast<QoS>(bits >> 3 & 0x03U);
  flags.will = (bits & 0x04U) != 0;
  flags.clean_start = (bits & 0x02U) != 0;
  if ((bits & 0x01U) != 0) packet.fail(Reason::kMalformedPacket, "the reserved flag of CONNECT is set [MQTT-3.1.2-3]");
  if (!flags.will && (flags.will_qos != QoS::kAtMostOnce || flags.will_retain)) {
    packet.fail(Reason::kMalformedPacket, "will QoS or retain without a will [MQTT-3.1.2-11] [MQTT-3.1.2-13]");
  }
  if (flags.will_qos > QoS::kExactlyOnce) packet.fail(Reason::kMalformedPacket, "will QoS 3 [MQTT-3.1.2-12]");
  if (version == Version::k311 && flags.password && !flags.user_name) {
    packet.fail(Reason::kMalformedPacket, "a password without a user name (3.1.1: [MQTT-3.1.2-22])");
  }
  return flags;
}

void read_properties(Reader& packet, ConnectPacket& result) {
  Properties properties(packet, PropertyPlace::kConnect);
  Property property;
  bool authentication_data = false;
  bool authentication_method = false;
  while (properties.next(property)) {
    switch (property.id) {
      case PropertyId::kSessionExpiryInterval: result.connect.session_expiry_s = property.number; break;
      case PropertyId::kMaximumPacketSize: result.connect.maximum_packet_size = property.number; break;
      case PropertyId::kReceiveMaximum:
        result.connect.receive_maximum = static_cast<std::uint16_t>(property.number);
        break;
      case PropertyId::kRequestProblemInformation: result.wants_problem_information = property.number != 0; break;
      case PropertyId::kAuthenticationMethod: authentication_method = true; break;
      case PropertyId::kAuthenticationData: authentication_data = true; break;
      default: break;  // what a server may leave alone: it sends no topic aliases
    }
  }
  if (authentication_method) {
    packet.fail(Reason::kBadAuthenticationMethod, "enhanced authentication is not offered [MQTT-4.12.0-1]");
  } else if (authentication_data) {
    packet.fail(Reason::kProtocolError, "authentication data without a method (section 3.1.2.11.10)");
  }
}

void read_client_id(Reader& packet, Connect& connect) {
  connect.client_id = packet.text();
  if (connect.client_id.empty() && connect.version == Version::k311 && !connect.clean_start) {
    packet.fail(Reason::kClientIdNotValid, "a session to keep without a client identifier (3.1.1: [MQTT-3.1.3-8])");
  }
}

Will read_will(Reader& packet, const Flags& flags, Version version) {
  Will will;
  will.qos = flags.will_qos;
  will.retain = flags.will_retain;
  if (version == Version::k5) will.properties = message_properties(packet, PropertyPlace::kWill);
  will.topic = packet.topic_name();
  if (will.topic.empty()) packet.fail(Reason::kTopicNameInvalid, "a will without a topic [MQTT-4.7.3-1]");
  will.payload = packet.binary();
  return will;
}

}  // namespace
}  // namespace tidegate::mqtt
