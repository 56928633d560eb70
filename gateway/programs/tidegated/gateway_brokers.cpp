#include "gateway/base/address.hpp"
#include "gateway/config/broker_client_id.hpp"
#include "gateway/programs/tidegated/gateway.hpp"
#include "gateway/south/mqtt_client/tcp_transport.hpp"

namespace tidegate::tidegated {

void Gateway::open_brokers() {
  for (const config::Broker& broker : config_.brokers) {
    brokers_.push_back(make_broker_client(broker));
    brokers_.back()->start();
  }
}

std::unique_ptr<south::MqttClient> Gateway::make_broker_client(const config::Broker& broker) {
  south::MqttClientOptions options;
  options.name = broker.name;
  options.address = broker.mqtt;
  options.client_id = config::client_id_of(broker, gateway_id_);
  options.topics = broker.topics;
  options.qos = broker.qos;
  options.user = broker.user;
  options.password_file = broker.password_file;
  options.max_packet_bytes = max_packet_bytes();
  south::TcpTransportOptions transport;
  transport.name = broker.name;
  transport.address = parse_host_port(broker.mqtt).value();  // the configuration was checked
  transport.tls = broker.tls;
  transport.ca_file = broker.ca;
  if (const auto listening = parse_host_port(mqtt_address())) transport.own_listener = *listening;
  return std::make_unique<south::MqttClient>(std::move(options), south::tcp_connector(reactor_, std::move(transport)),
                                             *ingest_, disk_, after_timer(), random_, events_, metrics_);
}

}  // namespace tidegate::tidegated
