#pragma once

#include <librdkafka/rdkafka.h>

#include <string>

#include "gateway/north/kafka/kafka_upstream.hpp"

namespace tidegate::north {

/// What became of a message. kRejected: Kafka will refuse this message whenever it comes, whatever others do.
[[nodiscard]] Delivery kafka_delivery(rd_kafka_resp_err_t error);

/// What went wrong, in words for the owner: what happened, and what to do about it. `detail`: librdkafka's own words.
[[nodiscard]] std::string explain_kafka(rd_kafka_resp_err_t error, const std::string& detail,
                                        const KafkaOptions& options);

}  // namespace tidegate::north
