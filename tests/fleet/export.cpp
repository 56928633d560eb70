#include "tests/fleet/export.hpp"

#include <boost/json.hpp>
#include <boost/json/src.hpp>
#include <istream>
#include <string>
#include <utility>

namespace tidegate::fleet {
namespace {

namespace json = boost::json;

const json::string* member(const json::object& object, std::string_view name);
Result<std::string> payload_of(const json::object& object);

}  // namespace

Result<Verdict> verify(std::istream& journal, std::istream& exported) {
  const auto sent = read_journal(journal);
  if (!sent) return sent.error();
  Verifier verifier(*sent);
  std::string line;
  for (std::size_t number = 1; std::getline(exported, line); ++number) {
    const auto delivered = parse_exported(line);
    if (!delivered) {
      return Error{ErrorKind::kCorrupt, "export, line " + std::to_string(number) + ": " + delivered.error().message};
    }
    verifier.add(*delivered);
  }
  return verifier.finish();
}

Result<DeliveredMessage> parse_exported(std::string_view line) {
  boost::system::error_code error;
  const json::value value = json::parse({line.data(), line.size()}, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) return Error{ErrorKind::kCorrupt, "not a JSON object"};

  DeliveredMessage message;
  for (const char* name : {"gateway", "stream", "incarnation"}) {
    const json::string* part = member(*object, name);
    if (part == nullptr) return Error{ErrorKind::kCorrupt, std::string("no ") + name};
    message.lane.append(part->data(), part->size()).push_back('/');
  }
  const json::value* offset = object->if_contains("offset");
  if (offset == nullptr || !offset->is_number()) return Error{ErrorKind::kCorrupt, "no offset"};
  message.offset = offset->to_number<std::uint64_t>(error);
  if (error) return Error{ErrorKind::kCorrupt, "offset is not a whole number"};
  const json::string* topic = member(*object, "topic");
  if (topic == nullptr) return Error{ErrorKind::kCorrupt, "no topic"};
  message.topic.assign(topic->data(), topic->size());
  auto payload = payload_of(*object);
  if (!payload) return payload.error();
  message.payload = *std::move(payload);
  return message;
}

namespace {

const json::string* member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  return value == nullptr ? nullptr : value->if_string();
}

// The fleet sends text only: what the collector shows as base64 is nobody's, whatever it says.
Result<std::string> payload_of(const json::object& object) {
  if (const json::string* text = member(object, "payload")) return std::string(text->data(), text->size());
  const json::string* encoded = member(object, "payload_base64");
  if (encoded == nullptr) return Error{ErrorKind::kCorrupt, "no payload"};
  return "base64 " + std::string(encoded->data(), encoded->size());
}

}  // namespace
}  // namespace tidegate::fleet
