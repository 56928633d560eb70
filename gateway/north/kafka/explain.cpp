#include "gateway/north/kafka/explain.hpp"

namespace tidegate::north {

Delivery kafka_delivery(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR: return Delivery::kPersisted;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION: return Delivery::kRejected;
    default: return Delivery::kPossiblyPersisted;
  }
}

std::string explain_kafka(rd_kafka_resp_err_t error, const std::string& detail, const KafkaOptions& options) {
  const std::string said = detail.empty() ? rd_kafka_err2str(error) : detail;
  const std::string where = "Kafka at " + options.brokers;
  switch (error) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT: return where + " cannot be reached; check the network between (" + said + ")";
    case RD_KAFKA_RESP_ERR__RESOLVE: return where + ": the name is not known; check the spelling and the name server";
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return where + " refuses the user; check sasl, user and password_file (" + said + ")";
    case RD_KAFKA_RESP_ERR__SSL:
      return where + ": no TLS connection; check ca, and that the certificate names this host (" + said + ")";
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return where + " has no such topic and makes none by itself: create it (" + said + ")";
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return "too large for the topic: raise its max.message.bytes, or lower mqtt.max_message";
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return "the user may not write to the topic: allow it in Kafka's access list";
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return "the topic's name is none that Kafka lets a gateway write to, such as one of its own: correct topic, or "
             "the levels that it is made of (" +
             said + ")";
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return where + " does not let this user write idempotently; allow IdempotentWrite, or Write to a topic";
    default: return where + ": " + said;
  }
}

}  // namespace tidegate::north
