#include "gateway/control/status_json.hpp"

#include <boost/describe.hpp>
#include <boost/json.hpp>
// Boost.JSON without its shared library, whose version differs between the Debian releases we run on.
#include <boost/json/src.hpp>

namespace tidegate::control {

BOOST_DESCRIBE_STRUCT(MqttStatus, (), (listen, connections, received, acknowledged, shed))
BOOST_DESCRIBE_STRUCT(BrokerStatus, (), (name, state, received, acknowledged, too_large))
BOOST_DESCRIBE_STRUCT(TopicCount, (), (topic, count))
BOOST_DESCRIBE_STRUCT(UnmatchedStatus, (), (messages, topic_count, other_messages, topics))
BOOST_DESCRIBE_STRUCT(StreamStatus, (), (name, first, next, backlog_records, live_bytes, quota_bytes, dropped))
BOOST_DESCRIBE_STRUCT(DeadLetterStatus, (), (parked, live_bytes, quota_bytes))
BOOST_DESCRIBE_STRUCT(StreamPosition, (), (stream, position))
BOOST_DESCRIBE_STRUCT(UpstreamStatus, (), (name, state, streams, bytes))
BOOST_DESCRIBE_STRUCT(StoreStatus, (), (trouble, device_bytes, payload_bytes, flushes, notices))
BOOST_DESCRIBE_STRUCT(LatencyStatus, (), (p50_us, p99_us))
BOOST_DESCRIBE_STRUCT(Status, (),
                      (version, gateway_id, uptime_s, ready, not_ready_reasons, parked, mqtt, brokers, unmatched,
                       streams, dead_letter, upstreams, store, ack_latency))

std::string to_json(const Status& status) { return boost::json::serialize(boost::json::value_from(status)) + "\n"; }

Result<Status> from_json(std::string_view text) {
  boost::system::error_code error;
  const boost::json::value json = boost::json::parse(text, error);
  if (error) return Error{ErrorKind::kInvalid, "not JSON: " + error.message()};
  auto status = boost::json::try_value_to<Status>(json);
  if (status) return std::move(*status);

  const auto* object = json.if_object();
  const auto* version = object == nullptr ? nullptr : object->if_contains("version");
  if (version == nullptr || !version->is_string()) return Error{ErrorKind::kInvalid, "not the status of a gateway"};
  return Error{ErrorKind::kInvalid, "the gateway is of another version, " + std::string(version->as_string())};
}

}  // namespace tidegate::control
