#include "tests/unit/mqtt/support.hpp"

#include <algorithm>
#include <sstream>

#include "proto/mqtt/primitives.hpp"

namespace tidegate::mqtt::testing {
namespace {

std::string_view take_token(std::string_view& text);
std::string quoted(Bytes bytes);
std::string describe(const Connect& connect);
std::string describe(const Publish& publish);
std::string describe(TopicFilters filters, bool with_options);
bool ends_session(const Event& event);

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

Buffer bytes(std::string_view text) {
  std::vector<Buffer> groups(1);  // the innermost last
  const auto close = [&groups] {
    const Buffer inner = std::move(groups.back());
    groups.pop_back();
    Writer writer(groups.back());
    writer.varint(inner.size());
    writer.raw(inner);
  };
  while (!text.empty()) {
    const std::string_view token = take_token(text);
    if (token == "(") {
      groups.emplace_back();
    } else if (token == ")") {
      close();
    } else if (token.starts_with('\'')) {
      Writer(groups.back()).raw(as_bytes(token.substr(1, token.size() - 2)));
    } else if (!token.empty()) {
      groups.back().push_back(static_cast<std::byte>(std::stoi(std::string(token), nullptr, 16)));
    }
  }
  while (groups.size() > 1) close();
  return groups.front();
}

std::string hex(Bytes bytes) {
  std::string out;
  for (const std::byte byte : bytes) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    if (!out.empty()) out += ' ';
    out += kDigits[std::to_integer<std::size_t>(byte >> 4)];
    out += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return out;
}

std::string describe(const Event& event) {
  return std::visit(
      Overloaded{
          [](const NeedMore&) { return std::string("NEED MORE"); },
          [](const Handled&) { return std::string("HANDLED"); },
          [](const Connect& connect) { return describe(connect); },
          [](const Publish& publish) { return describe(publish); },
          [](const Ack& ack) {
            constexpr std::string_view kNames[] = {"PUBACK", "PUBREC", "PUBREL", "PUBCOMP"};
            const auto kind = static_cast<std::size_t>(ack.kind) - static_cast<std::size_t>(AckKind::kPuback);
            return std::string(kNames[kind]) + " " + std::to_string(ack.packet_id) + " " +
                   std::string(to_string(ack.reason));
          },
          [](const Subscribe& subscribe) {
            return "SUBSCRIBE " + std::to_string(subscribe.packet_id) +
                   (subscribe.identifier == 0 ? "" : " identifier " + std::to_string(subscribe.identifier)) +
                   describe(subscribe.filters, true);
          },
          [](const Unsubscribe& unsubscribe) {
            return "UNSUBSCRIBE " + std::to_string(unsubscribe.packet_id) + describe(unsubscribe.filters, false);
          },
          [](const Disconnect& bye) {
            return "DISCONNECT " + std::string(to_string(bye.reason)) + (bye.discard_will ? ", no will" : ", will") +
                   (bye.session_expiry_s ? ", expiry " + std::to_string(*bye.session_expiry_s) : "");
          },
          [](const Failure& failure) {
            return "FAILURE " + std::string(to_string(failure.reason)) + ": " + std::string(failure.explanation);
          },
      },
      event);
}

std::vector<std::string> Server::hears(Bytes input) {
  unread_.insert(unread_.end(), input.begin(), input.end());
  std::vector<std::string> events;
  Bytes rest(unread_);
  while (true) {
    const Event event = session_.next(rest, output_);
    if (std::holds_alternative<NeedMore>(event)) break;
    events.push_back(testing::describe(event));
    if (const auto* connect = std::get_if<Connect>(&event)) answer(*connect);
    if (const auto* subscribe = std::get_if<Subscribe>(&event)) answer(*subscribe);
    if (const auto* unsubscribe = std::get_if<Unsubscribe>(&event)) answer(*unsubscribe);
    if (ends_session(event)) break;
  }
  unread_.erase(unread_.begin(), unread_.end() - static_cast<std::ptrdiff_t>(rest.size()));
  return events;
}

std::string Server::says() {
  std::string said = hex(output_);
  output_.clear();
  return said;
}

void Server::greet(Version version) {
  hears(version == Version::k5 ? "10 ( 00 04 'MQTT' 05 02 00 3C 00 00 01 'c'"
                               : "10 ( 00 04 'MQTT' 04 02 00 3C 00 01 'c'");
  output_.clear();
}

void Server::answer(const Connect& connect) {
  if (refusal_) return session_.refuse(*refusal_, output_);
  Accept accept = terms_;
  if (connect.client_id.empty()) accept.assigned_client_id = assigned_client_id_;
  session_.accept(accept, output_);
}

void Server::answer(const Subscribe& subscribe) {
  std::vector<Reason> reasons;
  TopicFilters filters = subscribe.filters;
  for (TopicFilter filter; filters.next(filter);) {
    reasons.push_back(is_shared(filter.filter) ? Reason::kSharedSubscriptionsNotSupported
                                               : static_cast<Reason>(filter.maximum_qos));
  }
  session_.suback(subscribe.packet_id, reasons, output_);
}

void Server::answer(const Unsubscribe& unsubscribe) {
  std::vector<Reason> reasons;
  TopicFilters filters = unsubscribe.filters;
  for (TopicFilter filter; filters.next(filter);) reasons.push_back(Reason::kNoSubscriptionExisted);
  session_.unsuback(unsubscribe.packet_id, reasons, output_);
}

std::string_view Server::publishes(const Delivery& delivery) {
  switch (session_.publish(delivery, output_)) {
    case Sent::kSent: return "sent";
    case Sent::kNoQuota: return "no quota";
    case Sent::kTooLarge: return "too large";
    case Sent::kExpired: return "expired";
  }
  return "";
}

namespace {

/// A text in quotes, or what stands before the next space; empty for a space.
std::string_view take_token(std::string_view& text) {
  const std::size_t end = text[0] == '\'' ? text.find('\'', 1) + 1 : std::max<std::size_t>(text.find_first_of(" '"), 1);
  const std::string_view token = text.substr(0, end);
  text.remove_prefix(token.size());
  return token == " " ? std::string_view() : token;
}

std::string quoted(Bytes bytes) { return "'" + std::string(as_text(bytes)) + "'"; }

std::string describe(const Connect& connect) {
  std::ostringstream out;
  out << "CONNECT v" << static_cast<int>(connect.version) << " id '" << connect.client_id << "'"
      << (connect.clean_start ? " clean" : " kept") << " keep-alive " << connect.keep_alive.count();
  if (connect.will) {
    const Will& will = *connect.will;
    out << " will " << will.topic << " qos " << static_cast<int>(will.qos) << (will.retain ? " retain" : "")
        << " payload " << quoted(will.payload);
    if (!will.properties.empty()) out << " properties " << hex(will.properties);
  }
  if (connect.user_name) out << " user '" << *connect.user_name << "'";
  if (connect.password) out << " password " << quoted(*connect.password);
  if (connect.session_expiry_s != 0) out << " expiry " << connect.session_expiry_s;
  if (connect.maximum_packet_size != UINT32_MAX) out << " takes " << connect.maximum_packet_size;
  if (connect.receive_maximum != UINT16_MAX) out << " receives " << connect.receive_maximum;
  return out.str();
}

std::string describe(const Publish& publish) {
  std::ostringstream out;
  out << "PUBLISH " << publish.topic << " qos " << static_cast<int>(publish.qos);
  if (publish.packet_id != 0) out << " id " << publish.packet_id;
  out << (publish.dup ? " dup" : "") << (publish.retain ? " retain" : "");
  if (!publish.properties.empty()) out << " properties " << hex(publish.properties);
  out << " payload " << quoted(publish.payload);
  return out.str();
}

std::string describe(TopicFilters filters, bool with_options) {
  std::ostringstream out;
  for (TopicFilter filter; filters.next(filter);) {
    out << " " << filter.filter;
    if (!with_options) continue;
    out << " qos " << static_cast<int>(filter.maximum_qos) << (filter.no_local ? " no-local" : "")
        << (filter.retain_as_published ? " retain-as-published" : "");
    if (filter.retain_handling != RetainHandling::kAlways) {
      out << " retain-handling " << static_cast<int>(filter.retain_handling);
    }
  }
  return out.str();
}

bool ends_session(const Event& event) {
  return std::holds_alternative<Failure>(event) || std::holds_alternative<Disconnect>(event);
}

}  // namespace
}  // namespace tidegate::mqtt::testing
