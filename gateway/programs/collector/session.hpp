#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/base/event_log.hpp"
#include "gateway/base/result.hpp"
#include "gateway/programs/collector/database.hpp"
#include "proto/tidegate/v1/collector.pb.h"

namespace tidegate::collector {

/// The collector's side of one stream, without the wire: a message in, the answers out. An answer that acknowledges is
/// made after the database has committed what it covers. One thread.
class Session {
 public:
  Session(Database& database, EventLog& events) : database_(database), events_(events) {}

  using Answers = std::vector<v1::FromCollector>;
  /// An error ends the stream: kInvalid and kUnsupported, the gateway broke the protocol; otherwise the database cannot
  /// take anything now, and what was not acknowledged comes again.
  Result<Answers> receive(const v1::FromGateway& message);

  /// Empty before Hello.
  [[nodiscard]] const std::string& gateway() const { return gateway_; }

  static constexpr std::uint64_t kCreditBytes = 4 << 20;

 private:
  Result<Answers> hello(const v1::Hello& hello);
  Result<Answers> batch(const v1::Batch& batch);
  Result<Answers> reject(const v1::Batch& batch, const std::string& reason);
  Result<Answers> skip(const v1::Skip& skip);
  Result<Answers> anchor(const v1::Anchor& anchor);

  Database& database_;
  EventLog& events_;
  std::string gateway_;
};

}  // namespace tidegate::collector
