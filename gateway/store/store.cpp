#include "gateway/store/store.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "gateway/store/committer.hpp"
#include "gateway/store/reader.hpp"

namespace tidegate::store {

namespace {

// Late turns of the reactor, those that come after close(), do nothing.
Executor only_while_alive(Executor reactor, std::weak_ptr<int> life) {
  return [reactor = std::move(reactor), life = std::move(life)](std::function<void()> turn) {
    reactor([life, turn = std::move(turn)] {
      if (!life.expired()) turn();
    });
  };
}

}  // namespace

class Store::Impl {
 public:
  Impl(const StoreOptions& options, std::unique_ptr<Log> opened, Clock& clock, EventLog& events, Executor target)
      : streams(options.log.streams),
        log(std::move(opened)),
        reactor(only_while_alive(std::move(target), life)),
        committer({clock.boot_id(), options.cache_bytes, options.pending_bytes, options.commit_pause,
                   options.commit_bytes, options.cursor_delay, options.cursor_records},
                  streams, *log, clock, events, [this] { notify(); }),
        reader(*log, reactor) {
    for (std::uint16_t i = 0; i < streams.size(); ++i)
      for (const Cursor& cursor : log->state({i}).cursors)
        positions[{cursor.stream, cursor.upstream, cursor.lane}] = cursor.position;
  }

  // From the disk thread. Several commits between two turns of the reactor share a call.
  void notify() {
    if (notified.exchange(true)) return;
    reactor([this] {
      notified.store(false);
      if (durable_listener) durable_listener(committer.durable());
      if (room_wanted && room_listener) {
        room_wanted = false;
        room_listener();
      }
    });
  }

  const std::vector<StreamOptions> streams;
  const std::unique_ptr<Log> log;
  std::shared_ptr<int> life = std::make_shared<int>();
  const Executor reactor;
  std::atomic<bool> notified{false};
  std::function<void(Ticket)> durable_listener;
  std::function<void()> room_listener;
  bool room_wanted = false;
  std::map<std::tuple<StreamIndex, std::string, Lane>, Offset> positions;
  Committer committer;
  Reader reader;
};

Result<std::unique_ptr<Store>> Store::open(StoreOptions options, Disk& disk, Clock& clock, Random& random,
                                           EventLog& events, Metrics& metrics, Executor reactor) {
  auto log = Log::open(options.log, disk, random, events, metrics);
  if (!log) return log.error();
  auto impl = std::make_unique<Impl>(options, std::move(*log), clock, events, std::move(reactor));
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<Ticket> Store::append(std::span<const Entry> group, Urgency urgency) {
  constexpr std::chrono::seconds kRide{1};
  auto ticket = impl_->committer.append(group, urgency == Urgency::kAtOnce ? std::chrono::microseconds{} : kRide);
  if (!ticket && ticket.error().kind == ErrorKind::kNoSpace) impl_->room_wanted = true;
  return ticket;
}

bool Store::has_room(StreamIndex stream, std::uint64_t bytes) const { return impl_->committer.has_room(stream, bytes); }

std::uint64_t Store::pending_room() const { return impl_->committer.pending_room(); }

void Store::submit() { impl_->committer.submit(); }

Ticket Store::durable() const { return impl_->committer.durable(); }

void Store::on_durable(std::function<void(Ticket)> listener) { impl_->durable_listener = std::move(listener); }

void Store::on_room(std::function<void()> listener) { impl_->room_listener = std::move(listener); }

void Store::read(StreamIndex stream, Offset from, std::size_t max_bytes,
                 std::function<void(Result<RecordBatch>)> done) {
  auto batch = std::make_shared<Result<RecordBatch>>(RecordBatch{});
  (*batch)->next = from;
  const bool at_end = from >= impl_->committer.durable_end(stream);
  if (!at_end) {
    for (Recent::Run& run : impl_->committer.recent(stream, from, max_bytes))
      if (auto added = (*batch)->add_run(run.first, run.count, std::move(run.records), max_bytes); !added)
        *batch = added.error();
    if (batch->ok() && (*batch)->records.empty()) return impl_->reader.read(stream, from, max_bytes, std::move(done));
  }
  impl_->reactor([batch, done = std::move(done)] { done(std::move(*batch)); });
}

Result<RecordBatch> Store::read_now(StreamIndex stream, Offset from, std::size_t max_bytes) {
  auto found = impl_->log->read(stream, from, max_bytes, {});
  if (!found) return found.error();
  return decode(std::move(*found), from);
}

void Store::advance(StreamIndex stream, const std::string& upstream, Lane lane, Offset position) {
  Offset& known = impl_->positions[{stream, upstream, lane}];
  if (position <= known) return;
  known = position;
  impl_->committer.advance({stream, upstream, lane, position, kOpenEnd});
}

void Store::drop(StreamIndex stream, Offset to) { impl_->committer.drop({stream, to}); }

void Store::keep(StreamIndex stream, Offset from) { impl_->committer.keep({stream, from}); }

Offset Store::position(StreamIndex stream, const std::string& upstream, Lane lane) const {
  const auto known = impl_->positions.find({stream, upstream, lane});
  return known == impl_->positions.end() ? Offset{} : known->second;
}

StreamState Store::state(StreamIndex stream) const { return impl_->log->state(stream); }

const std::vector<StreamOptions>& Store::streams() const { return impl_->streams; }

Result<Incarnation> Store::begin_incarnation(StreamIndex stream, Offset from) {
  return impl_->committer.begin_incarnation(stream, from);
}

bool Store::is_read_only() const { return impl_->log->is_read_only(); }
const std::vector<std::string>& Store::notices() const { return impl_->log->notices(); }

std::string Store::trouble() const { return impl_->committer.trouble(); }

std::chrono::microseconds Store::in_disk() const { return impl_->committer.in_disk(); }

Result<void> Store::close() {
  if (!impl_->life) return {};  // closed already
  impl_->life.reset();
  impl_->reader.stop();
  auto committed = impl_->committer.stop();
  if (is_read_only()) return {};
  auto closed = impl_->log->close();
  return committed ? closed : committed;
}

}  // namespace tidegate::store
