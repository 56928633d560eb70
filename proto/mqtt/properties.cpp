#include "proto/mqtt/properties.hpp"

#include <array>

namespace tidegate::mqtt {
namespace {

enum class Type : std::uint8_t { kNone, kByte, kTwoBytes, kFourBytes, kVarint, kBinary, kText, kTextPair };

/// What the specification says about one identifier.
struct Rule {
  Type type = Type::kNone;
  std::uint32_t places = 0;
  std::uint32_t lowest = 0;
  std::uint32_t highest = UINT32_MAX;
};

constexpr std::size_t kRuleCount = 0x2B;

template <class... Places>
constexpr std::uint32_t in(Places... places) {
  return (static_cast<std::uint32_t>(places) | ...);
}

/// Table 2-4 of MQTT 5.0, with the ranges that the sections of the packets give. Packets outside this server's scope
/// (AUTH, UNSUBACK) are left out: their properties are never read.
constexpr std::array<Rule, kRuleCount> make_rules() {
  using enum PropertyPlace;
  using enum PropertyId;
  std::array<Rule, kRuleCount> rules{};
  const auto set = [&rules](PropertyId id, Rule rule) { rules[static_cast<std::size_t>(id)] = rule; };
  const std::uint32_t acks = in(kPuback, kPubrec, kPubrel, kPubcomp);
  const std::uint32_t everywhere =
      acks | in(kConnect, kConnack, kPublish, kWill, kSubscribe, kSuback, kUnsubscribe, kDisconnect);
  set(kPayloadFormatIndicator, {Type::kByte, in(kPublish, kWill), 0, 1});
  set(kMessageExpiryInterval, {Type::kFourBytes, in(kPublish, kWill)});
  set(kContentType, {Type::kText, in(kPublish, kWill)});
  set(kResponseTopic, {Type::kText, in(kPublish, kWill)});
  set(kCorrelationData, {Type::kBinary, in(kPublish, kWill)});
  set(kSubscriptionIdentifier, {Type::kVarint, in(kPublish, kSubscribe), 1});
  set(kSessionExpiryInterval, {Type::kFourBytes, in(kConnect, kConnack, kDisconnect)});
  set(kAssignedClientIdentifier, {Type::kText, in(kConnack)});
  set(kServerKeepAlive, {Type::kTwoBytes, in(kConnack)});
  set(kAuthenticationMethod, {Type::kText, in(kConnect, kConnack)});
  set(kAuthenticationData, {Type::kBinary, in(kConnect, kConnack)});
  set(kRequestProblemInformation, {Type::kByte, in(kConnect), 0, 1});
  set(kWillDelayInterval, {Type::kFourBytes, in(kWill)});
  set(kRequestResponseInformation, {Type::kByte, in(kConnect), 0, 1});
  set(kResponseInformation, {Type::kText, in(kConnack)});
  set(kServerReference, {Type::kText, in(kConnack, kDisconnect)});
  set(kReasonString, {Type::kText, acks | in(kConnack, kSuback, kDisconnect)});
  set(kReceiveMaximum, {Type::kTwoBytes, in(kConnect, kConnack), 1});
  set(kTopicAliasMaximum, {Type::kTwoBytes, in(kConnect, kConnack)});
  set(kTopicAlias, {Type::kTwoBytes, in(kPublish)});
  set(kMaximumQos, {Type::kByte, in(kConnack), 0, 1});
  set(kRetainAvailable, {Type::kByte, in(kConnack), 0, 1});
  set(kUserProperty, {Type::kTextPair, everywhere});
  set(kMaximumPacketSize, {Type::kFourBytes, in(kConnect, kConnack), 1});
  set(kWildcardSubscriptionAvailable, {Type::kByte, in(kConnack), 0, 1});
  set(kSubscriptionIdentifierAvailable, {Type::kByte, in(kConnack), 0, 1});
  set(kSharedSubscriptionAvailable, {Type::kByte, in(kConnack), 0, 1});
  return rules;
}

constexpr std::array<Rule, kRuleCount> kRules = make_rules();

void read_value(Reader& reader, Type type, Property& property);

}  // namespace

bool Properties::next(Property& property) {
  if (reader_.at_end()) return false;
  const bool good = read(property);
  if (!good) packet_.fail(reader_.failure());
  return good;
}

bool Properties::read(Property& property) {
  const Bytes before = reader_.unread();
  const std::uint32_t id = reader_.varint();
  const Rule rule = id < kRules.size() ? kRules[id] : Rule{};
  if ((rule.places & static_cast<std::uint32_t>(place_)) == 0) {
    reader_.fail(Reason::kMalformedPacket, "a property that does not belong in this packet (section 2.2.2.2)");
    return false;
  }
  property = {};
  property.id = static_cast<PropertyId>(id);
  read_value(reader_, rule.type, property);
  if (property.number < rule.lowest || property.number > rule.highest) {
    reader_.fail(Reason::kProtocolError, "a property with a value that it cannot have (section 2.2.2.2)");
  }
  const std::uint64_t bit = std::uint64_t{1} << id;
  if ((seen_ & bit) != 0 && property.id != PropertyId::kUserProperty) {
    reader_.fail(Reason::kProtocolError, "a property twice in one packet (section 2.2.2.2)");
  }
  seen_ |= bit;
  property.raw = before.first(before.size() - reader_.unread().size());
  return reader_.ok();
}

Bytes checked_properties(Reader& packet, PropertyPlace place) {
  Properties properties(packet, place);
  Property property;
  while (properties.next(property)) {
  }
  return properties.raw();
}

namespace {

void read_value(Reader& reader, Type type, Property& property) {
  switch (type) {
    case Type::kNone: break;
    case Type::kByte: property.number = reader.u8(); break;
    case Type::kTwoBytes: property.number = reader.u16(); break;
    case Type::kFourBytes: property.number = reader.u32(); break;
    case Type::kVarint: property.number = reader.varint(); break;
    case Type::kBinary: property.text = as_text(reader.binary()); break;
    case Type::kText: property.text = reader.text(); break;
    case Type::kTextPair:
      property.text = reader.text();
      property.value = reader.text();  // [MQTT-1.5.7-1]
      break;
  }
}

}  // namespace
}  // namespace tidegate::mqtt
