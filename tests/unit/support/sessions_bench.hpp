#pragma once

#include <optional>

#include "gateway/sessions/sessions.hpp"
#include "tests/unit/support/open_store.hpp"

namespace tidegate::test {

inline constexpr StreamIndex kState{2};

/// Sessions over a store with its real threads and files in memory, which can be closed and opened again.
struct SessionsBench : StoreBench {
  sessions::SessionLimits limits = small_limits();
  std::optional<TimeAnchors> anchors;
  std::optional<sessions::Sessions> sessions;

  static sessions::SessionLimits small_limits() {
    sessions::SessionLimits limits;
    limits.bytes = 64 << 10;
    limits.snapshot.tail_bytes = 16 << 10;
    return limits;
  }

  static store::StoreOptions options_with_state() {
    store::StoreOptions wanted = options();
    wanted.log.streams.push_back({std::string(sessions::kStateStream),
                                  256 << 10,
                                  store::WhenFull::kRefuse,
                                  {std::string(sessions::kStateReader)}});
    return wanted;
  }

  void open_sessions() {
    open(options_with_state());
    anchors.emplace(clock);
    sessions.emplace(limits, *store, kState, clock, *anchors, events, metrics);
    if (!sessions->load()) std::abort();
  }
  /// As after a kill: what was appended is on the disk, and nothing was said of an end.
  void reopen_sessions() {
    sessions.reset();
    (void)store->close();
    store.reset();
    open_sessions();
  }
  void wait_durable(store::Ticket ticket) {
    store->submit();
    turns.run_until([&] { return store->durable() >= ticket; });
  }
};

/// The same, open from the beginning.
struct OpenSessions : SessionsBench {
  OpenSessions() { open_sessions(); }
};

}  // namespace tidegate::test
