#include "gateway/programs/tidegate/explain_text.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/north/kafka/mapping.hpp"
#include "gateway/programs/tidegate/filter_match.hpp"
#include "gateway/programs/tidegate/printable.hpp"
#include "gateway/south/users/users.hpp"
#include "proto/mqtt/topic.hpp"

namespace tidegate::cli {
namespace {

class Explainer {
 public:
  Explainer(const config::Loaded& loaded, const Question& question) : loaded_(loaded), question_(question) {}
  Explanation explain();

 private:
  void line(std::string text) { text_ += printable(std::move(text)) + "\n"; }
  bool say_publisher();
  bool say_client();
  bool say_brokers();
  void say_stream(std::size_t index);
  void say_passed_over(std::size_t streams);
  void say_shadowed(std::size_t taker);
  void say_upstream(const config::Stream& stream);
  void say_nowhere();
  void say_subscribers();

  [[nodiscard]] std::optional<std::string> matching(const config::Stream& stream) const;
  [[nodiscard]] const config::EffectiveValue& effective(const std::string& table, std::string_view key) const;
  [[nodiscard]] std::string setting(const std::string& table, std::string_view key) const;

  const config::Loaded& loaded_;
  const Question& question_;
  std::string text_;
};

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

Explanation Explainer::explain() {
  line("topic: " + question_.topic);
  const bool is_welcome = say_publisher();
  const auto& streams = loaded_.config.streams;
  const auto taker = std::find_if(streams.begin(), streams.end(),
                                  [&](const config::Stream& stream) { return matching(stream).has_value(); });
  if (taker == streams.end()) {
    say_nowhere();
  } else {
    say_stream(static_cast<std::size_t>(taker - streams.begin()));
    say_upstream(*taker);
  }
  say_subscribers();
  return {is_welcome && taker != streams.end(), std::move(text_)};
}

/// Whether it may come in: from the user, or from any client or broker.
bool Explainer::say_publisher() {
  const bool is_client_welcome = say_client();
  const bool is_brought = say_brokers();
  return is_client_welcome || (is_brought && question_.user.empty());
}

bool Explainer::say_client() {
  if (loaded_.config.mqtt.listen.empty()) return line("publisher: no client, mqtt.listen is empty"), false;
  if (question_.users == nullptr) {
    return line("publisher: anyone, with any name or none: mqtt.users is not set"), true;
  }
  const std::string file = loaded_.config.mqtt.users + " (" + effective("mqtt", "users").source() + ")";
  if (question_.user.empty()) {
    line("publisher: every user in " + file + ", on every topic; there are " + std::to_string(question_.users->size()));
    return question_.users->size() > 0;
  }
  const bool is_known = question_.users->has(question_.user);
  line("publisher: " + question_.user +
       (is_known ? " is in " + file + ", and may publish on every topic"
                 : " is not in " + file + ", and may not connect: add it with mosquitto_passwd"));
  return is_known;
}

/// Whether one sends the topic, if it has such a message.
bool Explainer::say_brokers() {
  bool is_brought = false;
  for (const config::Broker& broker : loaded_.config.brokers) {
    const std::string source = " (" + effective("broker." + broker.name, "topics").source() + ")";
    std::string filters;
    std::size_t count = 0;
    for (const std::string& filter : broker.topics) {
      if (!mqtt::matches(mqtt::without_share(filter), question_.topic)) continue;
      filters += (count++ == 0 ? "" : " and ") + quoted(filter);
    }
    if (count == 0) {
      line("  not broker " + broker.name + ": none of its filters matches" + source);
      continue;
    }
    is_brought = true;
    line("publisher: broker " + broker.name + " at " + broker.mqtt + ", by its filter" + (count == 1 ? " " : "s ") +
         filters + source);
    if (count > 1) line("  it may come once for each of them");
  }
  return is_brought;
}

void Explainer::say_stream(std::size_t index) {
  const config::Stream& stream = loaded_.config.streams[index];
  const std::string table = "stream." + stream.name;
  line("stream: " + stream.name + ", by its filter " + quoted(*matching(stream)) + " (" +
       effective(table, "topics").source() + ")");
  say_passed_over(index);
  say_shadowed(index);
  line("  " + setting(table, "quota"));
  line("  " + setting(table, "when_full"));
  line("  " + setting(table, "max_age"));
  line("  " + setting(table, "keep"));
  line("  priority: none, every stream gets its turn");
}

/// Why the first `streams` do not take it; of a long list of filters only the beginning.
void Explainer::say_passed_over(std::size_t streams) {
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < streams; ++i) {
    const auto& topics = loaded_.config.streams[i].topics;
    const std::string& name = loaded_.config.streams[i].name;
    for (std::size_t j = 0; j < std::min(kShown, topics.size()); ++j) {
      line("  not " + name + " by " + quoted(topics[j]) + ": " + mismatch(topics[j], question_.topic).why);
    }
    if (topics.size() > kShown) line("  nor " + name + " by " + std::to_string(topics.size() - kShown) + " more");
  }
}

/// Streams that would take it too, were they not below the one that does.
void Explainer::say_shadowed(std::size_t taker) {
  for (std::size_t i = taker + 1; i < loaded_.config.streams.size(); ++i) {
    const config::Stream& stream = loaded_.config.streams[i];
    if (const auto filter = matching(stream)) {
      line("  not " + stream.name + " by " + quoted(*filter) + ", which matches too: it comes later");
    }
  }
}

/// A configuration without faults names upstreams that are there.
void Explainer::say_upstream(const config::Stream& stream) {
  for (const std::string& name : stream.to) {
    const auto upstream = std::find_if(loaded_.config.upstreams.begin(), loaded_.config.upstreams.end(),
                                       [&](const config::Upstream& known) { return known.name == name; });
    line("upstream: " + name + ", because stream " + stream.name + " goes there (" +
         effective("stream." + stream.name, "to").source() + ")");
    const bool is_kafka = !upstream->kafka.empty();
    line((is_kafka ? "  Kafka at " + upstream->kafka : "  tidegate-collector at " + upstream->grpc) +
         (upstream->tls ? ", with TLS" : ", without TLS"));
    const auto mapping = north::KafkaMapping::make(upstream->topic, upstream->key);
    if (is_kafka && mapping) {
      line("  as Kafka topic " + quoted(mapping->topic(question_.topic)) + ", key " +
           quoted(mapping->key(question_.topic)));
    }
    line("  link: none, this machine's routes decide");
  }
}

void Explainer::say_nowhere() {
  line("stream: none, so it is acknowledged, counted in tidegate status, and not kept");
  say_passed_over(loaded_.config.streams.size());
  Mismatch nearest{.idea = question_.topic};
  std::string owner = "a stream";
  for (const config::Stream& stream : loaded_.config.streams) {
    for (const std::string& filter : stream.topics) {
      Mismatch candidate = mismatch(filter, question_.topic);
      if (candidate.fitting <= nearest.fitting) continue;
      nearest = std::move(candidate);
      owner = "stream " + stream.name + ", whose " + quoted(filter) + " is nearest";
    }
  }
  line("  to keep it, add " + quoted(nearest.idea) + " to the topics of " + owner);
}

/// What the hub does with it, whether a stream takes it or not.
void Explainer::say_subscribers() {
  if (loaded_.config.mqtt.listen.empty()) return line("subscribers: nobody, mqtt.listen is empty");
  line("subscribers: every client with a filter that matches, at once, whether a stream takes it or not");
  line(question_.users == nullptr ? "  anyone may subscribe to every topic: mqtt.users is not set"
                                  : "  every user in " + loaded_.config.mqtt.users + " may subscribe to every topic");
  if (question_.topic.starts_with('$')) line("  not by a filter that begins with + or #: the topic begins with $");
  line("  QoS 1 waits for one that reads slowly, then the oldest is dropped: " + setting("mqtt", "max_queued"));
  line("  with the retain flag it is kept in memory for who subscribes later: " + setting("mqtt", "max_retained"));
}

/// The filter of a stream that takes the topic; nothing if none does.
std::optional<std::string> Explainer::matching(const config::Stream& stream) const {
  const auto found = std::find_if(stream.topics.begin(), stream.topics.end(),
                                  [&](const std::string& filter) { return mqtt::matches(filter, question_.topic); });
  return found == stream.topics.end() ? std::nullopt : std::optional(*found);
}

const config::EffectiveValue& Explainer::effective(const std::string& table, std::string_view key) const {
  return *std::find_if(loaded_.values.begin(), loaded_.values.end(),
                       [&](const auto& value) { return value.table == table && value.key == key; });
}

/// `quota = "5 GB" (t.toml:9)`, or `quota: an equal share of the store (default)`.
std::string Explainer::setting(const std::string& table, std::string_view key) const {
  const config::EffectiveValue& value = effective(table, key);
  return value.key + (value.value.empty() ? ": " + value.meaning : " = " + value.value) + " (" + value.source() + ")";
}

}  // namespace

Explanation explain_message(const config::Loaded& loaded, const Question& question) {
  return Explainer(loaded, question).explain();
}

}  // namespace tidegate::cli
