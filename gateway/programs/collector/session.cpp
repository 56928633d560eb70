#include "gateway/programs/collector/session.hpp"

#include <map>
#include <set>
#include <utility>

#include "gateway/programs/collector/decode.hpp"

namespace tidegate::collector {
namespace {

constexpr std::uint32_t kProtocol = 1;
constexpr std::size_t kMaxNameBytes = 255;
/// SQLite's integers are signed.
constexpr std::uint64_t kMaxOffset = INT64_MAX;
constexpr std::uint64_t kMaxMonotonicUs = INT64_MAX;

template <class Message>
LaneKey lane_of(const std::string& gateway, const Message& message) {
  return {gateway, message.stream(), message.incarnation(), message.lane()};
}

template <class Message>
bool is_lane(const Message& message) {
  return !message.stream().empty() && message.stream().size() <= kMaxNameBytes && message.incarnation().size() == 16 &&
         message.lane() <= UINT8_MAX;
}

bool is_range(std::uint64_t from, std::uint64_t to) { return from < to && to <= kMaxOffset; }

v1::FromCollector acknowledgement(const LaneKey& lane, std::uint64_t next) {
  v1::FromCollector answer;
  v1::Ack& ack = *answer.mutable_ack();
  ack.set_stream(lane.stream);
  ack.set_incarnation(lane.incarnation);
  ack.set_lane(lane.lane);
  ack.set_next(next);
  return answer;
}

v1::FromCollector result(const LaneKey& lane, std::uint64_t from, std::uint64_t to, v1::Delivery delivery,
                         const std::string& reason) {
  v1::FromCollector answer;
  v1::Result& result = *answer.mutable_result();
  result.set_stream(lane.stream);
  result.set_incarnation(lane.incarnation);
  result.set_lane(lane.lane);
  result.set_from(from);
  result.set_to(to);
  result.set_delivery(delivery);
  result.set_reason(reason);
  return answer;
}

/// An acknowledgement, or, where something before the range is missing, a refusal of the range: kept apart, the range
/// would hide the hole for good.
v1::FromCollector answer_to(const LaneKey& lane, std::uint64_t from, std::uint64_t to, const Outcome& outcome) {
  if (!outcome.gap) return acknowledgement(lane, outcome.next);
  return result(lane, from, to, v1::DELIVERY_NOT_PERSISTED,
                "offsets from " + std::to_string(outcome.next) + " on are missing before it");
}

/// The lanes that Hello asks about, and of each of its streams the farthest of the others: enough to see that another
/// store wrote under this gateway's name, however many starts it has behind it.
std::vector<LanePosition> worth_telling(const v1::Hello& hello, const std::vector<LanePosition>& known) {
  std::set<std::pair<std::string_view, std::string_view>> asked;
  std::map<std::string_view, const LanePosition*> farthest;
  for (const v1::StreamRange& range : hello.streams()) {
    asked.insert({range.stream(), range.incarnation()});
    farthest[range.stream()] = nullptr;
  }
  std::vector<LanePosition> told;
  for (const LanePosition& position : known) {
    if (asked.contains({position.stream, position.incarnation})) {
      told.push_back(position);
    } else if (const auto other = farthest.find(position.stream); other != farthest.end()) {
      if (other->second == nullptr || other->second->next < position.next) other->second = &position;
    }
  }
  for (const auto& [stream, position] : farthest)
    if (position != nullptr) told.push_back(*position);
  return told;
}

v1::FromCollector credit(std::uint64_t bytes) {
  v1::FromCollector answer;
  answer.mutable_credit()->set_bytes(bytes);
  return answer;
}

}  // namespace

Result<Session::Answers> Session::receive(const v1::FromGateway& message) {
  if (gateway_.empty() != message.has_hello())
    return Error{ErrorKind::kInvalid, gateway_.empty() ? "the stream does not begin with Hello" : "a second Hello"};
  switch (message.message_case()) {
    case v1::FromGateway::kHello: return hello(message.hello());
    case v1::FromGateway::kBatch: return batch(message.batch());
    case v1::FromGateway::kSkip: return skip(message.skip());
    case v1::FromGateway::kAnchor: return anchor(message.anchor());
    default: return Answers{};  // what a later version says is ignored
  }
}

Result<Session::Answers> Session::hello(const v1::Hello& hello) {
  if (hello.protocol() != kProtocol)
    return Error{ErrorKind::kUnsupported, "protocol " + std::to_string(hello.protocol()) +
                                              " is not spoken here, only 1; update the older of the two"};
  if (hello.gateway_id().empty() || hello.gateway_id().size() > kMaxNameBytes)
    return Error{ErrorKind::kInvalid, "a gateway id has 1 to 255 bytes"};
  if (const Result<void> greeted = database_.greet(hello.gateway_id(), hello.software()); !greeted.ok())
    return greeted.error();
  const Result<std::vector<LanePosition>> positions = database_.positions(hello.gateway_id());
  if (!positions.ok()) return positions.error();

  v1::FromCollector answer;
  v1::Welcome& welcome = *answer.mutable_welcome();
  welcome.set_protocol(kProtocol);
  welcome.set_credit_bytes(kCreditBytes);
  welcome.set_max_batch_bytes(kMaxBatchBytes);
  welcome.add_codecs(v1::CODEC_RECORDS);
  welcome.add_compressions(v1::COMPRESSION_NONE);
  welcome.add_compressions(v1::COMPRESSION_ZSTD);
  for (const LanePosition& known : worth_telling(hello, *positions)) {
    v1::Position& position = *welcome.add_positions();
    position.set_stream(known.stream);
    position.set_incarnation(known.incarnation);
    position.set_lane(known.lane);
    position.set_next(known.next);
  }
  gateway_ = hello.gateway_id();
  events_.info("gateway.connected", {{"gateway", gateway_}, {"software", hello.software()}});
  return Answers{std::move(answer)};
}

Result<Session::Answers> Session::batch(const v1::Batch& batch) {
  const std::uint64_t end = batch.first() + batch.count();
  if (!is_lane(batch) || !is_range(batch.first(), end))
    return Error{ErrorKind::kInvalid, "a batch whose identity cannot be"};
  const Result<DecodedBatch> decoded = decode(batch);
  const LaneKey lane = lane_of(gateway_, batch);
  if (!decoded.ok() && decoded.error().kind == ErrorKind::kUnsupported)
    return Answers{result(lane, batch.first(), end, v1::DELIVERY_NOT_PERSISTED,
                          decoded.error().message + "; upgrade the collector"),
                   credit(batch.body().size())};
  if (!decoded.ok()) return reject(batch, decoded.error().message);

  const Result<Outcome> outcome = database_.store(
      lane, {.first = batch.first(), .boot_id = as_bytes(decoded->memory->boot_id()), .messages = decoded->messages});
  if (!outcome.ok()) return outcome.error();
  return Answers{answer_to(lane, batch.first(), end, *outcome), credit(batch.body().size())};
}

// Named by a Skip here and now, so that the batches that follow it do not stand behind a gap.
Result<Session::Answers> Session::reject(const v1::Batch& batch, const std::string& reason) {
  const LaneKey lane = lane_of(gateway_, batch);
  const std::uint64_t end = batch.first() + batch.count();
  const Result<Outcome> outcome = database_.skip(lane, {batch.first(), end, v1::SKIP_REJECTED, reason});
  if (!outcome.ok()) return outcome.error();
  if (outcome->gap) return Answers{answer_to(lane, batch.first(), end, *outcome), credit(batch.body().size())};
  events_.error(
      "batch.rejected",
      {{"gateway", gateway_}, {"stream", batch.stream()}, {"from", batch.first()}, {"to", end}, {"reason", reason}});
  return Answers{result(lane, batch.first(), end, v1::DELIVERY_REJECTED, reason), acknowledgement(lane, outcome->next),
                 credit(batch.body().size())};
}

Result<Session::Answers> Session::skip(const v1::Skip& skip) {
  if (!is_lane(skip) || !is_range(skip.from(), skip.to()))
    return Error{ErrorKind::kInvalid, "a skip whose identity cannot be"};
  const LaneKey lane = lane_of(gateway_, skip);
  const Result<Outcome> outcome =
      database_.skip(lane, {skip.from(), skip.to(), static_cast<std::uint32_t>(skip.reason()), ""});
  if (!outcome.ok()) return outcome.error();
  events_.warning("range.skipped", {{"gateway", gateway_},
                                    {"stream", skip.stream()},
                                    {"from", skip.from()},
                                    {"to", skip.to()},
                                    {"reason", std::uint64_t{static_cast<std::uint32_t>(skip.reason())}}});
  return Answers{answer_to(lane, skip.from(), skip.to(), *outcome)};
}

// Not answered: a gateway sends what it knows at each connection.
Result<Session::Answers> Session::anchor(const v1::Anchor& anchor) {
  if (anchor.boot_id().size() != 16 || anchor.monotonic_us() > kMaxMonotonicUs)
    return Error{ErrorKind::kInvalid, "an anchor of no boot"};
  const Result<void> noted =
      database_.anchor(gateway_, {.boot_id = as_bytes(anchor.boot_id()),
                                  .monotonic_us = static_cast<std::int64_t>(anchor.monotonic_us()),
                                  .wall_us = anchor.wall_us()});
  if (!noted.ok()) return noted.error();
  return Answers{};
}

}  // namespace tidegate::collector
