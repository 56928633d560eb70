#include "gateway/config/manual.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "gateway/config/properties.hpp"
#include "gateway/config/values.hpp"

namespace tidegate::config {
namespace {

using enum Block::Kind;

/// How a kind of value is named beside a property, and how it is written.
struct KindText {
  Kind kind;
  std::string_view name;
  std::string_view how;
};
constexpr std::array kKinds{
    KindText{Kind::kText, "text", "Any text, in quotes."},
    KindText{Kind::kName, "name", "1 to 64 letters, digits, '-', '_' and '.'."},
    KindText{Kind::kListen, "own address",
             "Numeric address and port of this machine: `\"127.0.0.1:1883\"`, `\"[::1]:1883\"`."},
    KindText{Kind::kRemote, "host:port", "Another machine, by name or address: `\"collector.example.com:7070\"`."},
    KindText{Kind::kRemotes, "host:port list",
             "One or more of these, separated by commas in one text: `\"broker1:9093,broker2:9093\"`."},
    KindText{Kind::kLevels, "text with levels",
             "`{1}` to `{99}` stand for levels of the MQTT topic, counted from 1: `\"sensors.{2}\"` is sensors.boiler "
             "for the topic site/boiler/temperature."},
    KindText{Kind::kSasl, "mechanism", "`\"PLAIN\"`, `\"SCRAM-SHA-256\"` or `\"SCRAM-SHA-512\"`."},
    KindText{Kind::kPath, "path", "An absolute path, beginning with /."},
    KindText{Kind::kSize, "size",
             "A number and a unit, in quotes: `\"500 MB\"`, `\"1.5 GiB\"`. KB, MB, GB and TB are powers of 1000, KiB, "
             "MiB, GiB and TiB of 1024; B is one byte."},
    KindText{Kind::kDuration, "duration", "A number and a unit, in quotes: ms, s, min, h or d, as in `\"30 s\"`."},
    KindText{Kind::kRate, "rate", "Times a second, minute or hour, in quotes: `\"10/s\"`, `\"90/min\"`, `\"600/h\"`."},
    KindText{Kind::kCount, "number", "A whole number, without quotes."},
    KindText{Kind::kFlag, "true or false", "Without quotes."},
    KindText{Kind::kWhenFull, "policy", "`\"drop-oldest\"` or `\"refuse\"`."},
    KindText{Kind::kCompression, "compression", "`\"none\"` or `\"zstd\"`."},
    KindText{Kind::kFilters, "topic filters",
             "A list of MQTT topic filters: `[\"tele/+/SENSOR\", \"site/#\"]`. + stands for one whole level, # for all "
             "levels that follow and only at the end. A filter that begins with one of them takes no topic that begins "
             "with $."},
    KindText{Kind::kNames, "names", "A list of names of other tables: `[\"cloud\"]`."},
};

const KindText& kind_text(Kind kind) {
  return *std::find_if(kKinds.begin(), kKinds.end(), [&](const KindText& text) { return text.kind == kind; });
}

/// A configuration with one table of each name, all defaults.
Config defaults() {
  Config config;
  config.brokers.emplace_back();
  config.upstreams.emplace_back();
  config.streams.emplace_back();
  return config;
}

std::string sentence(std::string_view text) {
  std::string out(text);
  out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out.ends_with('.') ? out : out + ".";
}

/// "size, 64 KiB to 4 GiB; default `\"8 MiB\"`".
std::string facts(const Property& property) {
  const Value value = property.get(defaults(), 0);
  std::string text(kind_text(property.kind).name);
  if (const std::string bounds = format_bounds(property); !bounds.empty()) text += ", " + bounds;
  if (is_unset(property, value)) return text + "; default: " + std::string(property.when_unset);
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (list != nullptr && list->empty()) return text + "; must be there";
  text += "; default `" + format_value(property, value) + "`";
  return property.when_unset.empty() ? text : text + ", and `\"\"` means: " + std::string(property.when_unset);
}

Block item(const Property& property) {
  const std::string key(property.key);
  if (property.kind == Kind::kNotOffered) return {kItem, sentence(property.doc), key, "not offered yet"};
  return {kItem, std::string(property.doc), key, facts(property)};
}

void add_format(std::vector<Block>& blocks) {
  blocks.insert(
      blocks.end(),
      {{kText,
        "`/etc/tidegate/tidegate.toml` says what the gateway takes in, how much of it is kept, and where it goes. "
        "Every "
        "setting has a default except where messages go: an upstream and a stream are all that a configuration needs. "
        "`tidegate import` makes one of a mosquitto.conf."},
       {kHeading, "Example"},
       {kCode, std::string(example())},
       {kHeading, "Format"},
       {kText,
        "The file is TOML 1.0 (toml.io): tables in brackets, `key = value` lines below them, # begins a comment. "
        "`[broker.NAME]`, `[upstream.NAME]`, `[stream.NAME]` and `[link.NAME]` may be there more than once, each under "
        "a "
        "name of its own: 1 to 64 letters, digits, '-', '_' and '.'."},
       {kText,
        "After it the files `conf.d/*.toml` beside it are read, in order of their names. A later file adds tables and "
        "overrides single values of earlier ones; a list is replaced as a whole."},
       {kText,
        "The order of the streams matters, and is that in which their tables first appear: a message goes to the "
        "first stream that takes its topic. `tidegate explain TOPIC` says which one, and why."},
       {kText,
        "Nothing is guessed: an unknown table, key or unit is a fault. `tidegate check` names every fault with file, "
        "line and column, or prints each setting in effect and where it comes from. Changes take effect when "
        "`tidegated` is started again."}});
}

void add_kinds(std::vector<Block>& blocks) {
  blocks.push_back({kHeading, "Values"});
  for (const KindText& kind : kKinds) blocks.push_back({kItem, std::string(kind.how), std::string(kind.name)});
}

void add_sections(std::vector<Block>& blocks) {
  blocks.push_back({kHeading, "Settings"});
  blocks.push_back({kText, "In parentheses: the kind of value, its bounds, and what is in effect without the line."});
  for (const Section& section : sections()) {
    blocks.push_back({kSubheading, "[" + std::string(section.name) + (section.named ? ".NAME]" : "]")});
    blocks.push_back({kText, std::string(section.doc)});
    for (const Property& property : properties())
      if (property.section == section.name) blocks.push_back(item(property));
  }
}

void add_together(std::vector<Block>& blocks) {
  blocks.insert(
      blocks.end(),
      {{kHeading, "What must fit together"},
       {kItem,
        "Has grpc or kafka, not both. With kafka it needs a topic; topic, key, sasl, user, password_file, cert "
        "and key_file are for Kafka only.",
        "[upstream.NAME]"},
       {kItem, "Belongs with user and password_file: all three or none. PLAIN needs TLS.", "sasl"},
       {kItem, "Belongs with key_file. Neither these nor ca are allowed with `tls = false`.", "cert"},
       {kItem, "Needs mqtt and topics. ca is not allowed with `tls = false`, nor password_file without user.",
        "[broker.NAME]"},
       {kItem,
        "Needs topics and to. It names one upstream in this version; one upstream may serve many streams. A "
        "filter may be there only once in all streams. There are at most " +
            std::to_string(kMostStreams) + " streams. The names dead-letter and state are the gateway's own.",
        "[stream.NAME]"},
       {kItem,
        "Holds 8 to 1024 slots, of which 4 stay in reserve; a sixteenth, at most 64 MiB, is set apart for sessions. "
        "What is left after these and dead_letter must hold the sum of all quotas.",
        "store.size"},
       {kItem, "Means nothing without client_rate.", "client_burst"}});
}

void add_exits_and_files(std::vector<Block>& blocks) {
  blocks.insert(
      blocks.end(),
      {{kHeading, "Exit status"},
       {kItem,
        "Of `tidegated`, `tidegate check` and `tidegate explain`: the configuration has faults; all of them are on the "
        "standard error output. A service manager should not try again.",
        "78"},
       {kItem,
        "The configuration is sound, but the start or the command failed: an address is taken, the disk is full, "
        "the gateway does not answer.",
        "1"},
       {kItem, "The command line was not understood.", "2"},
       {kHeading, "Files"},
       {kItem, "The configuration; `--config FILE` names another.", "/etc/tidegate/tidegate.toml"},
       {kItem, "Drop-ins, read after it: always beside the configuration.", "/etc/tidegate/conf.d/*.toml"},
       {kItem, "The store, unless store.path says otherwise.", "/var/lib/tidegate"}});
}

}  // namespace

ManualPage manual() {
  ManualPage page{.name = "tidegate.toml", .section = "5", .summary = "configuration of the Tidegate gateway"};
  page.blocks.push_back({kHeading, "Description"});
  add_format(page.blocks);
  add_kinds(page.blocks);
  add_sections(page.blocks);
  add_together(page.blocks);
  add_exits_and_files(page.blocks);
  return page;
}

std::string_view example() {
  return R"([mqtt]
listen      = "0.0.0.0:1883"
users       = "/etc/tidegate/users"     # made with mosquitto_passwd
client_rate = "50/s"                    # one noisy sensor does not starve the rest

[store]
size = "8 GB"

[upstream.cloud]
grpc = "collector.example.com:7070"     # a tidegate-collector, with TLS

[upstream.plant]
kafka = "broker1.example.com:9093,broker2.example.com:9093"
topic = "sensors.{1}"                   # {1}: the first level of the MQTT topic
key   = "{2}"                           # the device: its messages stay in order

[stream.alarms]                         # first, because the first match wins
topics    = ["site/+/alarm"]
to        = ["cloud"]
quota     = "1 GB"
when_full = "refuse"                    # the sensor keeps what is not acknowledged

[stream.readings]
topics = ["site/#", "tele/+/SENSOR"]
to     = ["plant"]
quota  = "5 GB"
)";
}

}  // namespace tidegate::config
