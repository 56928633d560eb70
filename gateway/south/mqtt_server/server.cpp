#include "gateway/south/mqtt_server/server.hpp"

#include <boost/asio/post.hpp>

#include "gateway/base/address.hpp"
#include "gateway/base/listen.hpp"
#include "gateway/south/mqtt_server/connection.hpp"

namespace tidegate::south {

namespace {

constexpr std::chrono::milliseconds kTick{250};
constexpr std::size_t kWheelSlots = 512;
using boost::asio::ip::tcp;

}  // namespace

MqttServerCounters::MqttServerCounters(Metrics& metrics)
    : connections(metrics.gauge("tidegate_mqtt_connections", "MQTT connections that are open")),
      accepted(metrics.counter("tidegate_mqtt_accepted_connections_total", "MQTT connections accepted")),
      received(metrics.counter("tidegate_mqtt_received_messages_total", "PUBLISH packets received")),
      acknowledged(metrics.counter("tidegate_mqtt_acknowledged_messages_total", "PUBACK and PUBREC packets sent")),
      protocol_errors(metrics.counter("tidegate_mqtt_closed_connections_total", "Connections the server closed",
                                      {{"reason", "protocol_error"}})),
      denied(metrics.counter("tidegate_mqtt_closed_connections_total", "Connections the server closed",
                             {{"reason", "denied"}})),
      timeouts(metrics.counter("tidegate_mqtt_closed_connections_total", "Connections the server closed",
                               {{"reason", "timeout"}})),
      no_room(metrics.counter("tidegate_mqtt_closed_connections_total", "Connections the server closed",
                              {{"reason", "no_room"}})),
      turned_away(metrics.counter("tidegate_mqtt_closed_connections_total", "Connections the server closed",
                                  {{"reason", "too_many"}})) {}

MqttServer::MqttServer(boost::asio::io_context& reactor, MqttServerOptions options, const Users* users,
                       ingest::Ingest& ingest, sessions::Sessions& sessions, hub::Hub& hub, const Clock& clock,
                       Random& random, EventLog& events, Metrics& metrics, Executor executor)
    : reactor_(reactor),
      options_(std::move(options)),
      ingest_(ingest),
      sessions_(sessions),
      hub_(hub),
      clock_(clock),
      random_(random),
      events_(events),
      counters_(metrics),
      doorman_(users, std::move(executor)),
      acceptor_(reactor),
      accept_timer_(reactor),
      timer_(reactor),
      wheel_(kTick, kWheelSlots, clock.monotonic()) {}

MqttServer::~MqttServer() = default;

Result<void> MqttServer::listen() {
  const auto where = parse_host_port(options_.listen);
  if (!where) return where.error();
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(where->host, error);
  const tcp::endpoint endpoint(address, where->port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) return cannot_listen(*where, "mqtt.listen", error.value());
  events_.info("mqtt.listening", {{"address", this->address()}});
  accept();
  return {};
}

std::string MqttServer::address() const {
  boost::system::error_code error;
  const auto endpoint = acceptor_.local_endpoint(error);
  return error ? "" : to_string(HostPort{endpoint.address().to_string(), endpoint.port()});
}

void MqttServer::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted || closing_) return;
    if (!error) {
      admit(std::move(socket));
      return accept();
    }
    // Usually no file descriptor is left: wait for a connection to end instead of spinning.
    events_.error("mqtt.accept_failed", {{"error", error.message()}});
    accept_timer_.expires_after(kTick);
    accept_timer_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) accept();
    });
  });
}

void MqttServer::admit(tcp::socket socket) {
  if (connections_.size() >= options_.max_connections) return turn_away(socket);
  boost::system::error_code error;
  socket.non_blocking(true, error);
  if (!error) socket.set_option(tcp::no_delay(true), error);
  if (!error) socket.set_option(tcp::socket::keep_alive(true), error);  // for clients without a keep-alive of their own
  if (error) return;
  counters_.accepted.add();
  counters_.connections.add(1);
  const Id id = ++last_id_;
  Connection& connection = *(connections_[id] = std::make_unique<Connection>(*this, id, std::move(socket)));
  connection.start();
  if (!ticking_) tick();
}

void MqttServer::turn_away(const tcp::socket& socket) {
  counters_.turned_away.add();
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error).address().to_string();
  events_.warning("mqtt.turned_away",
                  {{"address", peer}, {"max_connections", std::uint64_t{options_.max_connections}}});
}

Connection* MqttServer::find(Id id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

void MqttServer::retire(Id id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  counters_.connections.add(-1);
  retired_.push_back(std::move(found->second));
  connections_.erase(found);
  if (retired_.size() == 1) boost::asio::post(reactor_, [this] { retired_.clear(); });
}

void MqttServer::flush_soon(Id id) {
  unflushed_.push_back(id);
  if (unflushed_.size() > 1) return;
  boost::asio::post(reactor_, [this] {
    for (const Id one : std::exchange(unflushed_, {}))
      if (Connection* connection = find(one)) connection->on_deliveries();
  });
}

void MqttServer::take_over(const std::string& client, Id id) {
  Id& owner = clients_[client];
  const Id previous = std::exchange(owner, id);
  if (previous == 0 || previous == id) return;
  if (Connection* connection = find(previous)) connection->end(mqtt::Reason::kSessionTakenOver);
}

void MqttServer::forget(const std::string& client, Id id) {
  const auto owner = clients_.find(client);
  if (owner != clients_.end() && owner->second == id) clients_.erase(owner);
}

sessions::Session* MqttServer::session_of(const std::string& client, bool clean_start) {
  sessions::Session* session = sessions_.find(client);
  if (session == nullptr || !(clean_start || sessions_.is_expired(*session))) return session;
  end_session(*session);
  return nullptr;
}

void MqttServer::leave_session(sessions::Session& session) {
  sessions_.leave(session);
  if (sessions_.is_expired(session)) end_session(session);
}

void MqttServer::end_session(sessions::Session& session) {
  hub_.forget(session);
  sessions_.end(session);
}

std::string MqttServer::draw_client_id() {
  std::array<std::byte, 8> bytes{};
  random_.fill(bytes);
  return "auto-" + to_hex(bytes);
}

// One timer for all connections, and none while there are none.
void MqttServer::tick() {
  ticking_ = !connections_.empty() && !closing_;
  if (!ticking_) return;
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    wheel_.advance(clock_.monotonic(), [](void* owner) { static_cast<Connection*>(owner)->on_deadline(); });
    for (sessions::Session* session : sessions_.expired()) end_session(*session);
    tick();
  });
}

void MqttServer::stop_reading() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (auto& [id, connection] : connections_) connection->stop_reading();
}

void MqttServer::close() {
  closing_ = true;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
  accept_timer_.cancel();
  doorman_.close();
  auto leaving = std::move(connections_);
  connections_.clear();
  for (auto& [id, connection] : leaving) {
    connection->acknowledge();
    connection->end(mqtt::Reason::kServerShuttingDown);
  }
  counters_.connections.add(-static_cast<std::int64_t>(leaving.size()));
}

}  // namespace tidegate::south
