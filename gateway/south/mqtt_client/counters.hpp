#pragma once

#include <string>

#include "gateway/base/metrics.hpp"

namespace tidegate::south {

/// What the client of a broker counts, under the broker's name.
struct MqttClientCounters {
  MqttClientCounters(Metrics& metrics, const std::string& broker)
      : connected(metrics.gauge("tidegate_broker_connected",
                                "1 while the broker lets the gateway in, 0 while it is away", {{"broker", broker}})),
        connections(metrics.counter("tidegate_broker_connections_total", "Times a broker let the gateway in",
                                    {{"broker", broker}})),
        received(metrics.counter("tidegate_broker_received_messages_total", "PUBLISH packets that a broker sent",
                                 {{"broker", broker}})),
        too_large(metrics.counter("tidegate_broker_too_large_messages_total",
                                  "PUBLISH packets of a broker that were larger than mqtt.max_message and are lost",
                                  {{"broker", broker}})),
        acknowledged(metrics.counter("tidegate_broker_acknowledged_messages_total", "PUBACK packets sent to a broker",
                                     {{"broker", broker}})) {}

  Gauge& connected;
  Counter& connections;
  Counter& received;
  Counter& too_large;
  Counter& acknowledged;
};

}  // namespace tidegate::south
