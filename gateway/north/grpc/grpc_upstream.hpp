#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "gateway/base/after_timer.hpp"
#include "gateway/base/event_log.hpp"
#include "gateway/base/executor.hpp"
#include "gateway/base/ids.hpp"
#include "gateway/base/metrics.hpp"
#include "gateway/base/random.hpp"
#include "gateway/north/upstream.hpp"

// The namespace stops at north: tidegate::north::grpc would hide the library's own ::grpc.
namespace tidegate::north {

struct GrpcOptions {
  std::string name;        ///< Of the upstream in the configuration; label of its metrics.
  std::string target;      ///< host:port of the collector.
  bool tls = true;         ///< False: plain text, for loopback and trusted networks.
  std::string ca_file;     ///< PEM file that signs the collector's certificate; empty: the system's.
  std::string gateway_id;  ///< Unique among the collector's gateways.
  std::string software;    ///< "tidegated 0.1.0"
  BootId boot_id;
  std::chrono::milliseconds welcome_timeout{20'000};  ///< From the attempt to connect to the collector's Welcome.
  std::chrono::milliseconds backoff_min{500};
  std::chrono::milliseconds backoff_max{30'000};
  std::chrono::milliseconds keepalive{240'000};  ///< A ping after this much silence: under the usual NAT's 5 minutes.
  std::uint32_t max_queued_batches = 2;  ///< Encoded and not yet taken by gRPC: bounds what is encoded in one go.
};

/// An upstream that sends to a Tidegate collector over one bidirectional gRPC stream
/// (proto/tidegate/v1/collector.proto).
///
/// Threads: every call from the reactor, and every call of the listener comes there; gRPC's own threads only post.
/// Lifetime: close() before destruction, it waits until gRPC has let go of the stream (milliseconds); the references
/// must outlive it. Errors: none are returned; whatever ends the connection is told to on_disconnected() and state() in
/// words that say what to do, and the next attempt follows after a delay that doubles from backoff_min to backoff_max,
/// with jitter, until the collector has confirmed something.
std::unique_ptr<Upstream> make_grpc_upstream(GrpcOptions options, Executor reactor, AfterTimer after, Random& random,
                                             EventLog& events, Metrics& metrics);

}  // namespace tidegate::north
