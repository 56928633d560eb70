// A sensor on Eclipse Paho MQTT C++: publishes at QoS 1 and waits for each acknowledgement.
#include <mqtt/async_client.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

constexpr const char* kUsage = "usage: paho_client URI CLIENT_ID 4|5 TOPIC COUNT: publishes \"0\" to COUNT - 1\n";

void publish(const std::string& uri, const std::string& id, int version, const std::string& topic, int count) {
  mqtt::async_client client(uri, id, mqtt::create_options(version));
  auto options = mqtt::connect_options_builder().mqtt_version(version).finalize();
  if (version == MQTTVERSION_5) {
    options.set_clean_start(true);
  } else {
    options.set_clean_session(true);
  }
  client.connect(options)->wait();
  for (int i = 0; i < count; ++i) client.publish(topic, std::to_string(i), 1, false)->wait();
  client.disconnect()->wait();
}

}  // namespace

int main(int count, char** values) {
  if (count != 6) {
    std::cerr << kUsage;
    return 2;
  }
  try {
    publish(values[1], values[2], std::atoi(values[3]), values[4], std::atoi(values[5]));
  } catch (const mqtt::exception& error) {
    std::cerr << "paho_client: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
