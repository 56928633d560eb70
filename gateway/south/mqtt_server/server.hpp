#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/histogram.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/random.hpp"
#include "gateway/base/timer_wheel.hpp"
#include "gateway/hub/hub.hpp"
#include "gateway/ingest/ingest.hpp"
#include "gateway/south/mqtt_server/doorman.hpp"
#include "proto/mqtt/server_session.hpp"

namespace tidegate::south {

class Connection;

struct MqttServerOptions {
  std::string listen;  ///< address:port; port 0 takes a free one.
  std::size_t max_connections = 10'000;
  mqtt::ServerLimits limits;
  std::chrono::seconds connect_within{10};      ///< From accept to CONNECT.
  std::chrono::seconds refuse_close_after{30};  ///< A client that is held back this long is closed.
};

/// What all connections of the server share and count.
struct MqttServerCounters {
  explicit MqttServerCounters(Metrics& metrics);
  Gauge& connections;
  Counter& accepted;
  Counter& received;
  Counter& acknowledged;
  Counter& protocol_errors;
  Counter& denied;
  Counter& timeouts;
  Counter& no_room;  ///< Held back for refuse_close_after.
  Counter& turned_away;
  Histogram acknowledgement;  ///< From the read that brought a PUBLISH to the write of its PUBACK or PUBREC.
};

/// The MQTT listener: accepts, keeps the connections, one timer for all of them, and the buffers they share.
///
/// Reactor only. The references outlive it. close() must come before destruction.
class MqttServer {
 public:
  MqttServer(boost::asio::io_context& reactor, MqttServerOptions options, const Users* users, ingest::Ingest& ingest,
             sessions::Sessions& sessions, hub::Hub& hub, const Clock& clock, Random& random, EventLog& events,
             Metrics& metrics, Executor executor);
  ~MqttServer();
  MqttServer(const MqttServer&) = delete;
  MqttServer& operator=(const MqttServer&) = delete;

  /// Begins to accept. kUnavailable: the port is taken; the message names the process that holds it.
  Result<void> listen();
  [[nodiscard]] std::string address() const;
  /// Takes in nothing more: no new connection, no further message. Acknowledgements still leave.
  void stop_reading();
  /// Sends what may be acknowledged, tells every client that the server shuts down, and closes.
  void close();

  [[nodiscard]] const MqttServerCounters& counters() const { return counters_; }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
  friend class Connection;
  using Id = std::uint64_t;

  void accept();
  void admit(boost::asio::ip::tcp::socket socket);
  void turn_away(const boost::asio::ip::tcp::socket& socket);
  Connection* find(Id id);
  /// The connection is destroyed in the reactor's next turn, so that it may call this from its own members.
  void retire(Id id);
  /// What was put into the connection's unsent bytes is written in the reactor's next turn, all of it at once.
  void flush_soon(Id id);
  /// The name is `connection`'s now; who had it is told and closed [MQTT-3.1.4-3].
  void take_over(const std::string& client, Id id);
  void forget(const std::string& client, Id id);
  /// The session that the client goes on with; nothing if it has none, or none any more.
  sessions::Session* session_of(const std::string& client, bool clean_start);
  /// Its connection has ended.
  void leave_session(sessions::Session& session);
  void end_session(sessions::Session& session);
  std::string draw_client_id();
  void tick();

  boost::asio::io_context& reactor_;
  const MqttServerOptions options_;
  ingest::Ingest& ingest_;
  sessions::Sessions& sessions_;
  hub::Hub& hub_;
  const Clock& clock_;
  Random& random_;
  EventLog& events_;
  MqttServerCounters counters_;
  Doorman doorman_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer accept_timer_;
  boost::asio::steady_timer timer_;
  bool ticking_ = false;
  bool closing_ = false;
  TimerWheel wheel_;
  Buffer input_;                            // what is being read; filled and emptied within one call
  Buffer output_;                           // what is being written; likewise
  std::vector<ingest::Incoming> messages_;  // what one read brought; likewise
  std::unordered_map<Id, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> retired_;  // destroyed in the next turn
  std::vector<Id> unflushed_;                         // written in the next turn
  std::unordered_map<std::string, Id> clients_;
  Id last_id_ = 0;
};

}  // namespace tidegate::south
