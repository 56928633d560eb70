#include <algorithm>
#include <array>

#include "gateway/config/properties.hpp"

namespace tidegate::config {
namespace {

constexpr std::array kSections{
    Section{"gateway", false, "Who this gateway is."},
    Section{"mqtt", false, "The MQTT listener that sensors connect to."},
    Section{"broker", true,
            "A broker that is there already (mosquitto, EMQX, any that speaks MQTT 5.0). The gateway subscribes to it "
            "and takes in what it sends, as if the sensors had spoken to the gateway; it publishes nothing there. "
            "Custody begins here: a message is acknowledged to the broker once it is on the gateway's disk, and what "
            "the broker lost before is lost. mosquitto, for one, keeps 1000 messages for a client that is away "
            "(max_queued_messages) and writes them to its disk every half hour (autosave_interval), if persistence is "
            "on. All messages that the broker sends ahead of their acknowledgement share a flush; the gateway allows "
            "1024. So the rate is that number for each flush, or for each store.commit_pause if that is longer: a "
            "broker that sends 32 ahead comes to 1,600 a second where a flush takes 20 ms. mosquitto 2.0 sends what it "
            "has, over 100,000 a second on a PC. Order is kept. Some messages come twice after a connection breaks, or "
            "after the broker was killed: what it does not know to be acknowledged it sends again. Retained messages "
            "come when a subscription is new, and so once more after the broker has lost the session. A message larger "
            "than mqtt.max_message is lost: the broker has acknowledged it to its publisher, and the gateway skips it, "
            "refuses it with reason 0x83, counts it and logs it with its topic as broker.message_too_large. So set "
            "mqtt.max_message to the largest that is published there, 768 KiB at most, or choose filters that leave "
            "the larger ones out."},
    Section{"store", false, "Where messages are kept until an upstream has them."},
    Section{"control", false, "HTTP for people and monitoring: /status, /metrics, /healthz, /readyz."},
    Section{"link", true,
            "A network interface that costs money. A table may be there already; nothing in it can be set in this "
            "version."},
    Section{"upstream", true, "A place that takes messages: a tidegate-collector (grpc) or Apache Kafka (kafka)."},
    Section{"stream", true,
            "A class of messages with a share of the disk: stored and delivered in the order in which they came."},
};

}  // namespace

std::span<const Section> sections() { return kSections; }

const Section* find_section(std::string_view name) {
  const auto found = std::find_if(kSections.begin(), kSections.end(), [&](const Section& s) { return s.name == name; });
  return found == kSections.end() ? nullptr : &*found;
}

}  // namespace tidegate::config
