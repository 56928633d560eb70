#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "gateway/base/timer_wheel.hpp"
#include "gateway/hub/subscriber.hpp"
#include "gateway/ingest/ingest.hpp"
#include "gateway/south/mqtt_server/acknowledgements.hpp"
#include "proto/mqtt/server_session.hpp"

namespace tidegate::south {

class MqttServer;

/// One MQTT client: who it is, and how fast it may go; what it subscribes to, and what its session keeps.
///
/// Idle, it owns no read buffer and no coroutine frame: one waiting callback, one timer node. A read goes into the
/// server's shared buffer; what is left of a packet is kept until the rest arrives. Reactor only; owned by its server.
class Connection final : public hub::Outlet {
 public:
  Connection(MqttServer& server, std::uint64_t id, boost::asio::ip::tcp::socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  void on_readable(const boost::system::error_code& error);
  void on_writable(const boost::system::error_code& error);
  void on_password_checked(bool is_welcome, const std::string& assigned);
  void on_deadline();
  /// Tells a 5.0 client why, and closes.
  void end(mqtt::Reason reason);
  /// Writes what the hub delivered in the turn before, and goes on with what still waits.
  void on_deliveries();
  /// The gateway stops: nothing more is read, and what was read and held back is taken in.
  void stop_reading();
  /// Sends the answers to everything durable, in one write.
  void acknowledge();

 private:
  /// Bytes are read and understood / nothing is read until the door has answered, until that there is a session is
  /// durable, until the store has taken what is held / last words are sent and the peer's end is awaited / gone.
  enum class State : std::uint8_t { kOpen, kAwaitingDoor, kAwaitingSession, kHeld, kLeaving, kGone };

  // What exists only for some connections, allocated when it does.
  struct Will {
    std::string topic;
    Buffer payload;
    Buffer properties;
    std::uint8_t qos = 0;
    bool retain = false;
  };
  struct Greeting {
    std::string assigned;
    bool session_present = false;
    store::Ticket ticket;  // of what CONNACK promises
  };
  struct Later {
    store::Ticket ticket;
    Buffer words;
  };

  void wait_readable();
  void read();
  void drain();
  void understand(Bytes input);
  void handle(const mqtt::Connect& connect, Buffer& output);
  void handle(const mqtt::Subscribe& subscribe, Buffer& output);
  void handle(const mqtt::Unsubscribe& unsubscribe, Buffer& output);
  void handle(const mqtt::Disconnect& disconnect, Buffer& output);
  void handle(const mqtt::Failure& failure, Buffer& output);
  void welcome(std::string_view assigned, Buffer& output);
  void greet(Buffer& output);
  void greet_when_durable();
  Greeting enter_session();
  void go_on_after(Bytes answer);
  sessions::Session& session();
  void leave_subscriptions();
  void gather(const mqtt::Publish& publish);
  void gather(const mqtt::Ack& ack);
  Answer deliver(const hub::Delivery& delivery) override;
  Answer release(std::uint16_t packet_id) override;
  void wake() override { flush_soon(); }
  bool is_behind();
  mqtt::Reason grant(const mqtt::TopicFilter& filter, std::uint32_t identifier);
  void resume();
  void offer(Buffer& output);
  void owe(const ingest::Taken& taken);
  void hold_back(const ingest::Taken& taken);
  void offer_held();
  void gather(const std::vector<ingest::HeldMessage>& held);
  void acknowledge(Buffer& output);
  void say_when_durable(store::Ticket ticket, Buffer words, Buffer& output);
  void publish_will();
  void part();
  void take_in_last_qos0();
  /// Of whole packets that nobody will answer any more; `act` must not end the connection.
  template <class Act>
  void for_each_publish(Bytes input, Act act) {
    Buffer unsaid;
    while (true) {
      const mqtt::Event event = session_.next(input, unsaid);
      if (std::holds_alternative<mqtt::NeedMore>(event)) return;
      if (const auto* publish = std::get_if<mqtt::Publish>(&event)) act(*publish);
    }
  }
  void flush(Bytes output);
  void flush_soon();
  bool write(Bytes& output);
  bool write_unsent();
  [[nodiscard]] std::size_t most_unsent() const;
  void leave();
  void vanish();
  void expect_within(std::chrono::microseconds span);
  void check_keep_alive(Monotonic now);

  MqttServer& server_;
  const std::uint64_t id_;
  boost::asio::ip::tcp::socket socket_;
  mqtt::ServerSession session_;
  State state_ = State::kOpen;
  bool reading_ = true;
  bool waits_for_room_ = false;  // held by the store, not by its own rate
  bool said_goodbye_ = false;    // DISCONNECT stands behind what is held
  bool waiting_readable_ = false;
  bool waiting_writable_ = false;
  bool flushes_soon_ = false;  // on_deliveries() comes in the next turn
  bool clean_start_ = true;
  std::chrono::seconds wanted_expiry_{0};
  ingest::Source source_;
  Acknowledgements acknowledgements_;
  Buffer partial_;  // the beginning of a packet whose rest has not arrived
  Buffer unsent_;   // what the socket did not take
  std::unique_ptr<Will> will_;
  std::unique_ptr<Greeting> greeting_;                   // until CONNACK
  std::unique_ptr<sessions::Session> fleeting_session_;  // of those who need one that is not kept
  std::unique_ptr<hub::Subscriber> subscriber_;          // of those who have subscribed, or have a session that is kept
  std::vector<Later> later_;                             // answers that wait for the commit
  std::vector<ingest::HeldMessage> held_;  // offered to ingest and not taken: the oldest unread bytes, already decoded
  Monotonic held_since_{};
  Monotonic last_heard_{};
  ingest::WakeCall<Connection> commit_call_;
  ingest::WakeCall<Connection> room_call_;
  TimerWheel::Node deadline_;
};

}  // namespace tidegate::south
