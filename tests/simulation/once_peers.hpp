#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "gateway/hub/outlet.hpp"
#include "gateway/ingest/ingest.hpp"

namespace tidegate::simulation {

/// A client that publishes numbered messages at QoS 2, a few at a time, each under an identifier that is used again and
/// again. What it knows outlives its connections.
class OncePublisher {
 public:
  explicit OncePublisher(std::size_t messages) : messages_(messages) {}

  [[nodiscard]] bool done() const { return next_ == messages_ && in_flight_.empty(); }
  /// What it says now: PUBLISH for what is not received, PUBREL for what is. Views of itself.
  std::vector<ingest::Incoming> says();
  /// All that it said is answered.
  void hears();

 private:
  struct InFlight {
    std::uint16_t packet_id = 0;
    std::string payload;
    bool received = false;
  };
  static constexpr std::size_t kAtATime = 3;

  const std::size_t messages_;
  std::size_t next_ = 0;
  std::vector<InFlight> in_flight_;
};

/// A client that subscribes, as the hub's outlet, and is sent few messages at a time. What it knows outlives its
/// connections; what it was about to say does not.
class OnceSubscriber final : public hub::Outlet {
 public:
  static constexpr std::size_t kAtATime = 2;

  Answer deliver(const hub::Delivery& delivery) override;
  Answer release(std::uint16_t packet_id) override;
  void wake() override {}

  /// PUBREC and PUBCOMP for what came.
  [[nodiscard]] const std::vector<ingest::Incoming>& says() const { return says_; }
  /// Its PUBRECs are answered with PUBREL.
  void hears();
  void lose_connection();

  /// What its application got, in order; and what came again as if it were new.
  [[nodiscard]] const std::vector<std::string>& delivered() const { return delivered_; }

 private:
  std::vector<std::string> delivered_;
  std::set<std::uint16_t> received_;   // and not released
  std::set<std::uint16_t> in_flight_;  // on this connection
  std::vector<ingest::Incoming> says_;
};

}  // namespace tidegate::simulation
