#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/after_timer.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/base/clock_watch.hpp"
#include "gateway/base/crash_loop.hpp"
#include "gateway/base/directory_lock.hpp"
#include "gateway/base/disk.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/random.hpp"
#include "gateway/base/read_only_disk.hpp"
#include "gateway/base/time_anchors.hpp"
#include "gateway/config/config.hpp"
#include "gateway/control/control_server.hpp"
#include "gateway/hub/hub.hpp"
#include "gateway/ingest/ingest.hpp"
#include "gateway/north/dead_letter.hpp"
#include "gateway/north/route.hpp"
#include "gateway/programs/tidegated/clock_steps.hpp"
#include "gateway/programs/tidegated/service_manager.hpp"
#include "gateway/sessions/sessions.hpp"
#include "gateway/south/mqtt_client/mqtt_client.hpp"
#include "gateway/south/mqtt_server/server.hpp"
#include "gateway/south/users/users.hpp"
#include "gateway/store/age_limit.hpp"
#include "gateway/store/keeper.hpp"
#include "gateway/store/store.hpp"

namespace tidegate::tidegated {

/// The composition root: holds every part as a member, in the order they depend on each other, and is the only place
/// that knows them all. Constructed, opened, run and closed on one thread, the reactor's.
class Gateway {
 public:
  /// `config_file` is where the owner can change something, for what is said to them. Without `users` anyone may
  /// connect.
  Gateway(config::Config config, std::string config_file, std::optional<south::Users> users, EventLog& events);
  ~Gateway();

  /// Opens the store, listens, starts the routes unless they are parked. On an error nothing has been acknowledged.
  Result<void> open();
  enum class Ending { kStopped, kStartAgain };
  /// Runs until SIGTERM, SIGINT or SIGHUP; then everything received is made durable, what is durable is acknowledged,
  /// cursors are saved. kStartAgain: the disk, which could not be written when it was opened, can be now.
  Result<Ending> run();
  /// Ends what open() began, if run() is not to follow.
  Result<void> close();

  [[nodiscard]] std::string mqtt_address() const { return mqtt_ ? mqtt_->address() : ""; }
  [[nodiscard]] std::string control_address() const;

 private:
  /// One upstream and what is carried to it.
  struct Line {
    std::string name;
    std::unique_ptr<north::Upstream> upstream;
    std::unique_ptr<north::Route> route;
    std::vector<StreamIndex> streams;
  };

  Result<void> open_parts();
  Result<void> open_directory();
  Result<void> open_store();
  Result<void> make_store_directory();
  Result<void> open_sessions();
  void open_ingest();
  Result<void> open_listeners();
  void open_brokers();
  [[nodiscard]] std::unique_ptr<south::MqttClient> make_broker_client(const config::Broker& broker);
  void open_lines_unless_parked();
  std::string resume();
  void open_lines();
  void open_line(const config::Upstream& upstream);
  [[nodiscard]] std::unique_ptr<north::Upstream> make_grpc(const config::Upstream& upstream);
  [[nodiscard]] std::unique_ptr<north::Upstream> make_kafka(const config::Upstream& upstream);
  [[nodiscard]] AfterTimer after_timer();
  /// Of a PUBLISH: the message, fixed header and lengths.
  [[nodiscard]] std::uint32_t max_packet_bytes() const { return config_.mqtt.max_message_bytes + 16; }
  void announce();
  void keep_watchdog();
  void look_at_clock();
  void watch_ages();
  void watch_disk();
  [[nodiscard]] Result<void> try_to_write();
  [[nodiscard]] Disk& store_disk();
  void await_confirmations();
  [[nodiscard]] Result<store::StoreOptions> store_options();
  void add_streams(store::LogOptions& log) const;
  [[nodiscard]] sessions::SessionLimits session_limits() const;
  Result<std::uint64_t> default_pool_bytes();
  [[nodiscard]] Result<void> quotas_fit(std::uint64_t pool_bytes) const;
  [[nodiscard]] control::Status status() const;

  const config::Config config_;
  const std::string config_file_;
  EventLog& events_;
  SystemClock clock_;
  TimeAnchors anchors_{clock_};
  bool anchor_noted_ = true;
  SystemRandom random_;
  SystemDisk disk_;
  ReadOnlyDisk read_only_disk_{disk_};
  Metrics metrics_;
  Gauge& clock_synchronised_ =
      metrics_.gauge("tidegate_gateway_clock_synchronised",
                     "1 while the kernel says that the wall clock is disciplined; asked once a minute at least");
  const Monotonic started_;
  std::string gateway_id_;
  std::string board_id_;
  boost::asio::io_context reactor_{1};
  const Executor executor_;
  const ServiceManager manager_ = ServiceManager::from_environment();
  boost::asio::steady_timer watchdog_{reactor_};
  boost::asio::steady_timer age_watch_{reactor_};
  boost::asio::steady_timer disk_watch_{reactor_};
  Ending ending_ = Ending::kStopped;
  ClockWatch clock_watch_{clock_, after_timer(), [this] { look_at_clock(); }};
  ClockSteps clock_steps_{reactor_, [this] { clock_watch_.begin(); }};
  boost::asio::signal_set signals_{reactor_};

  const std::optional<south::Users> users_;
  std::optional<DirectoryLock> lock_;
  std::optional<CrashLoop> crash_loop_;
  std::unique_ptr<store::Store> store_;
  std::optional<store::AgeLimit> age_limit_;
  std::optional<store::Keeper> keeper_;
  std::unique_ptr<sessions::Sessions> sessions_;
  std::unique_ptr<hub::Hub> hub_;
  std::unique_ptr<ingest::Ingest> ingest_;
  std::unique_ptr<south::MqttServer> mqtt_;
  std::vector<std::unique_ptr<south::MqttClient>> brokers_;
  std::optional<north::StoreDeadLetter> dead_letter_;
  std::vector<Line> lines_;
  std::unique_ptr<control::ControlServer> control_;
};

}  // namespace tidegate::tidegated
