#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tidegate::simulation {

/// What may differ from the gateway as it is meant to be; the defaults are the gateway as it is.
struct OnceOptions {
  std::uint64_t seed = 0;
  std::uint64_t cut_at = 0;       ///< The power goes in this call of the disk; 0: never.
  bool answers_early = false;     ///< Clients are answered before what they said is durable.
  bool forgets_sessions = false;  ///< A start does not read the state stream.
  bool overflows = false;         ///< Fewer messages are kept for the subscriber than come: it gets some, in order.
};

struct OnceOutcome {
  std::optional<std::string> violation;  ///< In words; nothing if every message came once and in order.
  std::uint64_t calls = 0;               ///< Of the disk, in all.
  std::uint64_t cuts = 0;
  std::uint64_t snapshots = 0;  ///< Starts that read from one, and not from the beginning.
};

/// A publisher and a subscriber at QoS 2 with sessions that are kept, and all of the gateway between them but its
/// sockets, on a disk that loses its power in one call, and then now and then while it opens. Store, sessions, hub and
/// ingest are the real ones, with their threads; each step is awaited, so that the disk's calls are in one order.
OnceOutcome run_once_history(const OnceOptions& options);

}  // namespace tidegate::simulation
