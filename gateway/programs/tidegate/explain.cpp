#include <cstdio>

#include "gateway/programs/tidegate/commands.hpp"
#include "gateway/programs/tidegate/explain_text.hpp"
#include "gateway/programs/tidegate/printable.hpp"
#include "gateway/programs/tidegated/configuration.hpp"
#include "proto/mqtt/topic.hpp"

namespace tidegate::cli {
namespace {

int misused(const std::string& why) {
  std::fprintf(stderr, "tidegate explain: %s\n", why.c_str());
  return kUsage;
}

}  // namespace

int explain(const Arguments& arguments) {
  const std::string topic = arguments.get("TOPIC", "");
  if (topic.empty()) return misused("say which topic, such as tidegate explain tele/boiler/SENSOR");
  if (!mqtt::valid_topic(topic)) {
    return misused("\"" + printable(topic) +
                   "\" is not a topic that can be published to: no +, no #, 1 to 65,535 bytes of UTF-8. Name one that "
                   "a sensor uses, not a filter");
  }
  SystemDisk disk;
  const auto [loaded, users] = tidegated::read_configuration(arguments.get("--config", kDefaultConfig), disk);
  tidegated::print_faults(loaded);
  if (!loaded.faults.empty()) return config::kBadConfigurationExit;
  const Explanation explanation = explain_message(
      loaded, {.topic = topic, .user = arguments.get("--user", ""), .users = users ? &*users : nullptr});
  std::fputs(explanation.text.c_str(), stdout);
  return explanation.is_kept ? kSuccess : kFailure;
}

}  // namespace tidegate::cli
