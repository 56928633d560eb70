#include "gateway/config/properties.hpp"

#include <algorithm>
#include <array>

#include "gateway/config/binding.hpp"
#include "gateway/config/stream_properties.hpp"

namespace tidegate::config {
namespace {

constexpr std::array kOtherProperties{
    bound<&Gateway::id>(
        {.section = "gateway",
         .key = "id",
         .kind = Kind::kName,
         .when_unset = "taken from the board",
         .doc =
             "The name under which collectors know this gateway. It must be unique among all gateways of a collector; "
             "the board's own identity is, even if every card is flashed from one image."}),
    bound<&Gateway::crash_loop>(
        {.section = "gateway",
         .key = "crash_loop",
         .kind = Kind::kDuration,
         .bounds = {0, 24 * kHour},
         .doc =
             "After three crashes of `tidegated` within this time it takes in and keeps messages, and carries nothing "
             "upstream until `tidegate resume`: what crashes it may be a message on its way out, and a gateway that "
             "does not last takes in nothing. A crash is an end that was neither a stop nor a failure that was logged; "
             "it counts when the next start finds it, in one run of the machine (a power cut is no crash), and the "
             "third must be found within this time of the first. A clean stop forgets them. The default holds three "
             "rounds of the slowest loop, a gateway that hangs and is ended by the watchdog and started again. `\"0 "
             "s\"`: never."}),

    bound<&Mqtt::listen>(
        {.section = "mqtt",
         .key = "listen",
         .kind = Kind::kListen,
         .when_unset = "no MQTT listener",
         .doc = "Address and port for sensors. Loopback unless set, so that nothing is open to a network by accident; "
                "`0.0.0.0` is every IPv4 address, `[::]` every address. Port 0 takes a free one."}),
    bound<&Mqtt::users>({.section = "mqtt",
                         .key = "users",
                         .kind = Kind::kPath,
                         .when_unset = "anyone may connect",
                         .doc = "Password file in mosquitto's format (mosquitto_passwd). Without it every client is "
                                "let in. Passwords cross "
                                "the network as they are: this listener has no TLS yet."}),
    bound<&Mqtt::max_connections>(
        {.section = "mqtt",
         .key = "max_connections",
         .kind = Kind::kCount,
         .bounds = {1, 1'000'000},
         .doc = "Connections at a time; more are refused. Each takes memory and a file descriptor."}),
    bound<&Mqtt::max_message_bytes>(
        {.section = "mqtt",
         .key = "max_message",
         .kind = Kind::kSize,
         .bounds = {1 * kKiB, 768 * kKiB},
         .doc =
             "Largest PUBLISH: topic, properties and payload. A larger one closes its connection with reason 0x95. "
             "A message must fit into one frame of the store. One of a broker of [broker.NAME] is lost: see there."}),
    bound<&Mqtt::receive_maximum>(
        {.section = "mqtt",
         .key = "receive_maximum",
         .kind = Kind::kCount,
         .bounds = {1, 65'535},
         .doc = "QoS 1 and 2 messages that one MQTT 5 client may send before the first is done with. More lets one "
                "flush serve more of them; it also bounds what a client can make the gateway hold."}),
    bound<&Mqtt::client_rate_per_s>({.section = "mqtt",
                                     .key = "client_rate",
                                     .kind = Kind::kRate,
                                     .bounds = {0, 1'000'000},
                                     .when_unset = "no limit",
                                     .doc = "Messages each client may send on average. A client above it is read more "
                                            "slowly, so that one noisy sensor "
                                            "does not starve the rest; nothing of it is dropped."}),
    bound<&Mqtt::client_burst>(
        {.section = "mqtt",
         .key = "client_burst",
         .kind = Kind::kCount,
         .bounds = {1, 1'000'000'000},
         .when_unset = "ten seconds of client_rate",
         .doc =
             "Messages a client may send at once above client_rate, for example what it collected while it was away."}),
    bound<&Mqtt::max_queued>(
        {.section = "mqtt",
         .key = "max_queued",
         .kind = Kind::kCount,
         .bounds = {1, 1'000'000},
         .doc = "QoS 1 messages that wait for one subscriber which reads more slowly than they come, and QoS 2 "
                "messages that it is owed, also while it is away if its session is kept: of each kind 1 MiB at most, "
                "and 32 MiB for all subscribers (of QoS 2 as much as the store has set apart for sessions). Then the "
                "oldest is dropped and counted. What goes upstream is not touched by it."}),
    bound<&Mqtt::max_sessions>(
        {.section = "mqtt",
         .key = "max_sessions",
         .kind = Kind::kCount,
         .bounds = {1, 10'000},
         .doc = "Clients whose session outlives their connection, because they ask for it (3.1.1: clean session 0): "
                "what they subscribe to and their QoS 2 messages are kept in the store. Full, those that are there "
                "stay; another client is let in, and told that its session is not kept. A QoS 2 message of 400 KiB or "
                "more, with its topic, its properties and its publisher's client identifier, is not kept for such a "
                "session: it is not delivered to it, and counted as too_large."}),
    bound<&Mqtt::session_expiry>(
        {.section = "mqtt",
         .key = "session_expiry",
         .kind = Kind::kDuration,
         .bounds = {1 * kSecond, 366 * 24 * kHour},
         .doc = "The session of a client that has been away for longer ends, and what it is owed with it. MQTT 5 "
                "clients may ask for less. The time counts anew when the gateway starts."}),
    bound<&Mqtt::max_retained>(
        {.section = "mqtt",
         .key = "max_retained",
         .kind = Kind::kCount,
         .bounds = {1, 1'000'000},
         .doc =
             "Topics whose last message with the retain flag is kept for those who subscribe later, in memory, 8 MiB "
             "of them at most. Full, it keeps what it has and takes no new topic, and a topic whose new message finds "
             "no room has none, rather than an old one; both are counted."}),
    bound<&Mqtt::refuse_close_after>(
        {.section = "mqtt",
         .key = "refuse_close_after",
         .kind = Kind::kDuration,
         .bounds = {1 * kSecond, 24 * kHour},
         .doc = "A client whose messages cannot be stored (`when_full = \"refuse\"`) is held back without an "
                "acknowledgement; after this long it is closed, so that it may try elsewhere."}),

    bound<&Broker::mqtt>({.section = "broker",
                          .key = "mqtt",
                          .kind = Kind::kRemote,
                          .when_unset = "none, it must be there",
                          .doc = "Host and port of the broker."}),
    bound<&Broker::topics>(
        {.section = "broker",
         .key = "topics",
         .kind = Kind::kFilters,
         .bounds = {1, 1000},
         .doc = "MQTT topic filters that the gateway subscribes to. What comes goes through the streams as any message "
                "does. A filter that is taken out stays with the broker's session: a new client_id begins another. "
                "mosquitto sends a message once for each filter that matches, and the gateway stores each as a message "
                "of its own. So a filter within another one is refused, in one table or in two of the same address; of "
                "two that overlap in part, such as `a/+/c` and `a/b/+`, what both match comes twice. "
                "`$share/NAME/sensors/#` is a shared subscription: all "
                "gateways and all tables that write the same NAME and filter split what matches, each message going to "
                "one of "
                "them. A sensor's messages then come by all of them: order holds within each, not over all. mosquitto "
                "keeps the part of one that is away until it is back; another broker may send it to the others. "
                "Retained messages do not come when such a subscription is new. Each table is sent "
                "messages ahead of their acknowledgement by itself, so the rate told above is that of each. "
                "Streams name the topics without `$share/NAME/`."}),
    bound<&Broker::qos>(
        {.section = "broker",
         .key = "qos",
         .kind = Kind::kCount,
         .bounds = {0, 1},
         .doc =
             "The best quality that is asked for. A message that was published to the broker at QoS 0 comes at QoS 0. "
             "With 0 the broker keeps nothing while the gateway is away."}),
    bound<&Broker::client_id>(
        {.section = "broker",
         .key = "client_id",
         .when_unset = "tidegate-GATEWAY-NAME, of the gateway's id and the table's name",
         .doc =
             "Names the gateway's session at the broker, which keeps it until the gateway comes back, without an end. "
             "No two clients of a broker may have the same."}),
    bound<&Broker::user>({.section = "broker",
                          .key = "user",
                          .when_unset = "no user",
                          .doc = "Name that the broker knows the gateway by. It need not be allowed to publish."}),
    bound<&Broker::password_file>({.section = "broker",
                                   .key = "password_file",
                                   .kind = Kind::kPath,
                                   .when_unset = "no password",
                                   .doc =
                                       "File that holds the user's password and nothing else. Readable by the gateway "
                                       "alone; read at each attempt to connect."}),
    bound<&Broker::tls>(
        {.section = "broker",
         .key = "tls",
         .kind = Kind::kFlag,
         .doc =
             "Whether the connection is encrypted and the broker's certificate checked. Set false for a broker on this "
             "machine or on a network you trust: password and messages can then be read on the way."}),
    bound<&Broker::ca>(
        {.section = "broker",
         .key = "ca",
         .kind = Kind::kPath,
         .when_unset = "the system's certificate authorities",
         .doc = "PEM file with the certificate authority that the broker's certificate must come from."}),

    bound<&Store::path>(
        {.section = "store",
         .key = "path",
         .kind = Kind::kPath,
         .doc =
             "Directory of the store; created if its parent exists. One gateway a directory. Outside /var/lib/tidegate "
             "the packaged service needs it made, given to the user tidegate, and named under [Service] of "
             "`systemctl edit tidegated`, such as ReadWritePaths=/srv/ssd/tidegate."}),
    bound<&Store::size_bytes>({.section = "store",
                               .key = "size",
                               .kind = Kind::kSize,
                               .bounds = {16 * kMiB, 4096 * kGiB},
                               .when_unset = "half of the free disk, at most 32 GB",
                               .doc = "Disk space at most. It grows to this as a backlog needs it, slot by slot, and "
                                      "is used again in a circle."}),
    bound<&Store::slot_bytes>(
        {.section = "store",
         .key = "slot",
         .kind = Kind::kSize,
         .bounds = {2 * kMiB, 1 * kGiB},
         .when_unset = "a thousandth of the store, at least 4 MiB",
         .doc = "Space is taken and given back in pieces of this size. Fixed when the store is created. With larger "
                "ones there are fewer to keep track of, but one message that is still owed keeps more space."}),
    bound<&Store::frame_alignment>(
        {.section = "store",
         .key = "frame_alignment",
         .kind = Kind::kSize,
         .bounds = {512, 64 * kKiB},
         .doc =
             "Each commit begins on such a boundary and is padded to the next. It should be the flash page, because a "
             "power cut can destroy the page being written, and with it whatever else is on it. A power of two."}),
    bound<&Store::cache_bytes>(
        {.section = "store",
         .key = "cache",
         .kind = Kind::kSize,
         .bounds = {64 * kKiB, 4 * kGiB},
         .doc = "Memory for the newest messages, so that the disk need not be read for an upstream that keeps up."}),
    bound<&Store::dead_letter_bytes>(
        {.section = "store",
         .key = "dead_letter",
         .kind = Kind::kSize,
         .bounds = {64 * kKiB, 1 * kGiB},
         .doc = "Disk space for messages that an upstream refused for good. They are parked in a stream of their own, "
                "which drops its oldest when this is full."}),
    bound<&Store::commit_pause>(
        {.section = "store",
         .key = "commit_pause",
         .kind = Kind::kDuration,
         .bounds = {0, 1 * kSecond},
         .doc =
             "The least time between the beginnings of two commits: what arrives meanwhile shares the next one. A "
             "message that comes alone does not wait. Each commit is one flush and 4.1 KB or more on the disk, so "
             "this bounds what a trickle writes and costs. Measured with 2,000 messages of 100 bytes a second: "
             "without a pause 705 GB a day and 59 us of processor a message; 5 ms 71 GB and 24 us; 10 ms 36 GB and "
             "25 us; 50 ms 22 GB and 20 us. A card that may be written 100 TB bears that for 5 months, 4, 7 and 12 "
             "years. The last acknowledgements in a hundred came after 0.7, 5, 14 and 50 ms; a sensor that waits for "
             "each acknowledgement sends at most one message for each pause. `\"0 ms\"`: each commit begins as soon as "
             "the "
             "one before has ended."}),
    bound<&Store::commit_bytes>(
        {.section = "store",
         .key = "commit_size",
         .kind = Kind::kSize,
         .bounds = {0, 512 * kKiB},
         .doc = "When this much waits, it is committed without keeping commit_pause. Then the padding of a commit is "
                "little beside what is in it, and a pause would only slow down who sends fast."}),
    bound<&Store::compression>(
        {.section = "store",
         .key = "compression",
         .kind = Kind::kCompression,
         .doc =
             "`\"zstd\"` compresses a commit where that saves a frame_alignment or more on the disk. Measured on a PC "
             "with "
             "readings of 50 to 80 bytes from 100 sensors: 256 of them in a commit take 4.1 KB instead of 24.6, and "
             "0.21 "
             "ms of processor instead of 0.10; 4,096 take 40 KB instead of 378, and 1.5 ms instead of 0.7. Up to 40 or "
             "so "
             "fit into 4 KiB as they are and stay as they are: below some thousand messages a second it gains nothing "
             "unless commit_pause is longer than by default. It spares the flash and makes no room: quotas count what "
             "messages take without it. A store that an earlier version of Tidegate made is not compressed before "
             "`tidegate store upgrade`."}),

    bound<&Control::listen>(
        {.section = "control",
         .key = "listen",
         .kind = Kind::kListen,
         .doc = "Address and port of the control interface. It shows, and lets programs of this machine do what "
                "`tidegate resume` does. It has no password: leave it on loopback unless everybody on that network may "
                "see it."}),

    Property{.section = "link",
             .key = "budget",
             .kind = Kind::kNotOffered,
             .doc = "budgets are not offered by this version; remove the line to run without one"},

    bound<&Upstream::grpc>({.section = "upstream",
                            .key = "grpc",
                            .kind = Kind::kRemote,
                            .when_unset = "not a collector",
                            .doc = "Host and port of a tidegate-collector."}),
    bound<&Upstream::tls>(
        {.section = "upstream",
         .key = "tls",
         .kind = Kind::kFlag,
         .doc = "Whether the connection is encrypted and the other side's certificate checked. Set false only on a "
                "network you trust: messages can then be read and forged on the way."}),
    bound<&Upstream::ca>(
        {.section = "upstream",
         .key = "ca",
         .kind = Kind::kPath,
         .when_unset = "the system's certificate authorities",
         .doc = "PEM file with the certificate authority that the upstream's certificate must come from."}),
    bound<&Upstream::cert>({.section = "upstream",
                            .key = "cert",
                            .kind = Kind::kPath,
                            .when_unset = "no certificate of its own",
                            .doc = "PEM file with the certificate by which Kafka knows this gateway; key_file has its "
                                   "key."}),
    bound<&Upstream::key_file>({.section = "upstream",
                                .key = "key_file",
                                .kind = Kind::kPath,
                                .when_unset = "no certificate of its own",
                                .doc = "PEM file with the private key of cert. Readable by the gateway alone."}),
    bound<&Upstream::kafka>({.section = "upstream",
                             .key = "kafka",
                             .kind = Kind::kRemotes,
                             .when_unset = "not Kafka",
                             .doc = "Host and port of one or more Kafka brokers, separated by commas; they name the "
                                    "others of their cluster."}),
    bound<&Upstream::topic>({.section = "upstream",
                             .key = "topic",
                             .kind = Kind::kLevels,
                             .when_unset = "not Kafka",
                             .doc = "Kafka topic of a message; must be there with kafka. `{2}` is the second level of "
                                    "the MQTT topic. A level that is not there becomes \"_\", as does each character "
                                    "of one that Kafka does not allow in a name; a name ends after 249 characters."}),
    bound<&Upstream::key>(
        {.section = "upstream",
         .key = "key",
         .kind = Kind::kLevels,
         .when_unset = "the whole MQTT topic",
         .doc = "Kafka key of a message, with levels as in topic; it should name the device, whose messages then stay "
                "in order. Where a level is not there the key is the whole MQTT topic."}),
    bound<&Upstream::sasl>({.section = "upstream",
                            .key = "sasl",
                            .kind = Kind::kSasl,
                            .when_unset = "no user and password",
                            .doc = "How user and password are shown to Kafka. PLAIN sends the password itself, and is "
                                   "therefore allowed with TLS only."}),
    bound<&Upstream::user>({.section = "upstream",
                            .key = "user",
                            .when_unset = "no user",
                            .doc = "Name that Kafka knows this gateway by; needed with sasl."}),
    bound<&Upstream::password_file>({.section = "upstream",
                                     .key = "password_file",
                                     .kind = Kind::kPath,
                                     .when_unset = "no password",
                                     .doc = "File that holds the password for sasl and nothing else. Readable by the "
                                            "gateway alone."}),
};

constexpr auto kProperties = [] {
  std::array<Property, kOtherProperties.size() + kStreamProperties.size()> all{};
  std::copy(kStreamProperties.begin(), kStreamProperties.end(),
            std::copy(kOtherProperties.begin(), kOtherProperties.end(), all.begin()));
  return all;
}();

}  // namespace

std::span<const Property> properties() { return kProperties; }

const Property* find_property(std::string_view section, std::string_view key) {
  const auto found = std::find_if(kProperties.begin(), kProperties.end(), [&](const Property& property) {
    return property.section == section && property.key == key;
  });
  return found == kProperties.end() ? nullptr : &*found;
}

}  // namespace tidegate::config
