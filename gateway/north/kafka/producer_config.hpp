#pragma once

#include <librdkafka/rdkafka.h>

#include "gateway/base/disk.hpp"
#include "gateway/base/result.hpp"
#include "gateway/north/kafka/kafka_upstream.hpp"

namespace tidegate::north {

/// librdkafka's settings, owned by the caller. kInvalid, kNotFound: one that it does not take, a file that is not
/// there.
[[nodiscard]] Result<rd_kafka_conf_t*> producer_config(const KafkaOptions& options, Disk& disk, bool careful);

}  // namespace tidegate::north
