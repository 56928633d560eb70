#pragma once

#include <string>

#include "gateway/base/metrics.hpp"

namespace tidegate::north {

/// What every upstream counts, under its name.
struct UpstreamCounters {
  UpstreamCounters(Metrics& metrics, const std::string& upstream)
      : batches(metrics.counter("tidegate_upstream_batches_total", "Batches sent, again or for the first time",
                                {{"upstream", upstream}})),
        records(metrics.counter("tidegate_upstream_records_total", "Records sent, again or for the first time",
                                {{"upstream", upstream}})),
        bytes(metrics.counter("tidegate_upstream_bytes_total", "Bytes of messages sent, before TLS and framing",
                              {{"upstream", upstream}})),
        reconnects(metrics.counter("tidegate_upstream_reconnects_total", "Attempts to connect after the first",
                                   {{"upstream", upstream}})) {}

  Counter& batches;
  Counter& records;
  Counter& bytes;
  Counter& reconnects;
};

}  // namespace tidegate::north
