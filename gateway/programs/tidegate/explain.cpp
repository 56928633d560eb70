#include <cstdio>
#include <filesystem>
#include <optional>

#include "gateway/config/load.hpp"
#include "gateway/programs/tidegate/commands.hpp"
#include "gateway/programs/tidegate/explain_text.hpp"
#include "gateway/programs/tidegate/printable.hpp"
#include "gateway/south/users/users.hpp"
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
  const std::filesystem::path file = arguments.get("--config", kDefaultConfig);
  const config::Loaded loaded = config::load(file.string(), (file.parent_path() / "conf.d").string(), disk);
  for (const config::Fault& fault : loaded.faults) std::fprintf(stderr, "%s\n", config::to_string(fault).c_str());
  if (!loaded.faults.empty()) return config::kBadConfigurationExit;

  std::optional<south::Users> users;
  if (const std::string& path = loaded.config.mqtt.users; !path.empty()) {
    auto read = south::Users::load(path, disk);
    if (!read) return std::fprintf(stderr, "%s\n", read.error().message.c_str()), config::kBadConfigurationExit;
    users = std::move(*read);
  }
  const Explanation explanation = explain_message(
      loaded, {.topic = topic, .user = arguments.get("--user", ""), .users = users ? &*users : nullptr});
  std::fputs(explanation.text.c_str(), stdout);
  return explanation.is_kept ? kSuccess : kFailure;
}

}  // namespace tidegate::cli
