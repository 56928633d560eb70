#include "gateway/programs/collector/database.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::collector {
namespace {

constexpr std::uint64_t kSchemaVersion = 2;  // 1 had no anchors

// A stretch is one incarnation of one stream of one gateway: a small number instead of 50 bytes in each row.
constexpr const char* kSchema = R"(
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS gateways(
  id TEXT PRIMARY KEY, software TEXT NOT NULL, first_seen_us INTEGER NOT NULL, last_seen_us INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS stretches(
  id INTEGER PRIMARY KEY, gateway TEXT NOT NULL, stream TEXT NOT NULL, incarnation BLOB NOT NULL,
  UNIQUE(gateway, stream, incarnation));
CREATE TABLE IF NOT EXISTS lanes(
  stretch INTEGER NOT NULL REFERENCES stretches(id), lane INTEGER NOT NULL, base INTEGER NOT NULL,
  next INTEGER NOT NULL, redelivered INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(stretch, lane)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS boots(id INTEGER PRIMARY KEY, boot_id BLOB NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS records(
  stretch INTEGER NOT NULL REFERENCES stretches(id), "offset" INTEGER NOT NULL, boot INTEGER NOT NULL,
  topic TEXT NOT NULL, client TEXT NOT NULL, payload BLOB NOT NULL, properties BLOB NOT NULL,
  wall_us INTEGER NOT NULL, monotonic_us INTEGER NOT NULL, time_quality INTEGER NOT NULL,
  qos INTEGER NOT NULL, retain INTEGER NOT NULL,
  PRIMARY KEY(stretch, "offset")) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS skips(
  stretch INTEGER NOT NULL REFERENCES stretches(id), lane INTEGER NOT NULL, from_offset INTEGER NOT NULL,
  to_offset INTEGER NOT NULL, reason INTEGER NOT NULL, words TEXT NOT NULL, recorded_us INTEGER NOT NULL,
  PRIMARY KEY(stretch, lane, from_offset)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS anchors(
  gateway TEXT NOT NULL, boot INTEGER NOT NULL REFERENCES boots(id), monotonic_us INTEGER NOT NULL,
  wall_us INTEGER NOT NULL,
  PRIMARY KEY(gateway, boot)) WITHOUT ROWID;
PRAGMA user_version = 2;
COMMIT;
)";

Result<void> prepare(Sqlite& sqlite, const std::string& path) {
  Statement version(sqlite, "PRAGMA user_version");
  if (!version.step()) return version.error();
  const std::uint64_t found = version.number(0);
  if (found > kSchemaVersion)
    return Error{ErrorKind::kUnsupported, path + " was written by a newer tidegate-collector; use that one"};
  version.reset();
  // FULL: in WAL mode the default (NORMAL) does not sync at COMMIT, and an acknowledgement would promise too much.
  for (const char* sql : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"})
    if (Result<void> set = sqlite.run(sql); !set.ok()) return set;
  return found == kSchemaVersion ? Result<void>() : sqlite.run(kSchema);
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const Clock& clock) {
  Result<Sqlite> sqlite = Sqlite::open(path, false);
  if (!sqlite.ok()) return sqlite.error();
  if (const Result<void> prepared = prepare(*sqlite, path); !prepared.ok())
    return Error{prepared.error().kind, path + ": " + prepared.error().message};
  return std::unique_ptr<Database>(new Database(*std::move(sqlite), &clock));
}

Result<Outcome> Database::store(const LaneKey& lane, const MessageRun& run) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(sqlite_);
  if (!transaction.begun().ok()) return transaction.begun().error();
  const Result<LaneRow> row = lane_row(lane, run.first);
  if (!row.ok()) return row.error();
  if (run.first > row->next) return Outcome{.next = row->next, .gap = true};

  const std::uint64_t end = run.first + run.messages.size();
  Result<Outcome> outcome = Outcome{.next = row->next, .redelivered = run.messages.size()};
  if (end > row->next) outcome = insert(*row, run, row->next);
  if (!outcome.ok()) return outcome;
  if (const Result<void> moved = move(lane, *row, *outcome); !moved.ok()) return moved.error();
  if (const Result<void> committed = transaction.commit(); !committed.ok()) return committed.error();
  return outcome;
}

Result<Outcome> Database::skip(const LaneKey& lane, const SkipRange& range) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(sqlite_);
  if (!transaction.begun().ok()) return transaction.begun().error();
  const Result<LaneRow> row = lane_row(lane, range.from);
  if (!row.ok()) return row.error();
  if (range.from > row->next) return Outcome{.next = row->next, .gap = true};
  if (range.to <= row->next) return Outcome{.next = row->next};

  Statement note(sqlite_, "INSERT INTO skips VALUES(?, ?, ?, ?, ?, ?, ?)");
  note.bind(row->stretch).bind(std::uint64_t{lane.lane}).bind(row->next).bind(range.to);
  note.bind(std::uint64_t{range.reason}).bind(range.words).bind(now_us());
  if (const Result<void> noted = note.run(); !noted.ok()) return noted.error();
  const Outcome outcome{.next = range.to};
  if (const Result<void> moved = move(lane, *row, outcome); !moved.ok()) return moved.error();
  if (const Result<void> committed = transaction.commit(); !committed.ok()) return committed.error();
  return outcome;
}

// The gateway is in the key beside the boot: copies of a machine that was frozen while it ran have one boot id.
Result<void> Database::anchor(const std::string& gateway, const BootAnchor& anchor) {
  const std::lock_guard lock(mutex_);
  const Result<bool> known = has_anchor(gateway, anchor);
  if (!known.ok()) return known.error();
  if (*known) return {};
  Transaction transaction(sqlite_);
  if (!transaction.begun().ok()) return transaction.begun().error();
  const Result<std::int64_t> boot = boot_row(anchor.boot_id);
  if (!boot.ok()) return boot.error();
  Statement note(sqlite_, "INSERT OR REPLACE INTO anchors VALUES(?, ?, ?, ?)");
  note.bind(gateway).bind(*boot).bind(anchor.monotonic_us).bind(anchor.wall_us);
  if (const Result<void> noted = note.run(); !noted.ok()) return noted.error();
  return transaction.commit();
}

Result<void> Database::greet(const std::string& gateway, const std::string& software) {
  const std::lock_guard lock(mutex_);
  Statement note(sqlite_,
                 "INSERT INTO gateways VALUES(?1, ?2, ?3, ?3) ON CONFLICT(id) DO UPDATE "
                 "SET software = excluded.software, last_seen_us = excluded.last_seen_us");
  return note.bind(gateway).bind(software).bind(now_us()).run();
}

Result<std::vector<LanePosition>> Database::positions(const std::string& gateway) {
  const std::lock_guard lock(mutex_);
  Statement rows(sqlite_,
                 "SELECT stream, incarnation, lane, next FROM lanes JOIN stretches ON id = stretch "
                 "WHERE gateway = ? ORDER BY stretch, lane");
  rows.bind(gateway);
  std::vector<LanePosition> found;
  while (rows.step())
    found.push_back({std::string(rows.text(0)), std::string(rows.text(1)), static_cast<std::uint32_t>(rows.number(2)),
                     rows.number(3)});
  if (rows.failed()) return rows.error();
  return found;
}

/// The lane's row, made on first sight with `first` as its position. Inside a transaction.
Result<Database::LaneRow> Database::lane_row(const LaneKey& lane, std::uint64_t first) {
  const Bytes incarnation = as_bytes(lane.incarnation);
  Statement stretch(sqlite_,
                    "INSERT INTO stretches(gateway, stream, incarnation) VALUES(?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET gateway = gateway RETURNING id");
  if (!stretch.bind(lane.gateway).bind(lane.stream).bind(incarnation).step()) return stretch.error();
  LaneRow row{.stretch = stretch.signed_number(0)};
  if (const Result<void> ended = stretch.run(); !ended.ok()) return ended.error();

  Statement position(sqlite_,
                     "INSERT INTO lanes(stretch, lane, base, next) VALUES(?1, ?2, ?3, ?3) "
                     "ON CONFLICT DO UPDATE SET next = next RETURNING next");
  if (!position.bind(row.stretch).bind(std::uint64_t{lane.lane}).bind(first).step()) return position.error();
  row.next = position.number(0);
  if (const Result<void> ended = position.run(); !ended.ok()) return ended.error();
  return row;
}

Result<std::int64_t> Database::boot_row(Bytes boot_id) {
  Statement boot(sqlite_,
                 "INSERT INTO boots(boot_id) VALUES(?) ON CONFLICT DO UPDATE SET boot_id = boot_id "
                 "RETURNING id");
  if (!boot.bind(boot_id).step()) return boot.error();
  const std::int64_t id = boot.signed_number(0);
  if (const Result<void> ended = boot.run(); !ended.ok()) return ended.error();
  return id;
}

Result<bool> Database::has_anchor(const std::string& gateway, const BootAnchor& anchor) {
  Statement row(sqlite_,
                "SELECT EXISTS(SELECT 1 FROM anchors JOIN boots ON id = boot WHERE gateway = ? AND boot_id = ? "
                "AND monotonic_us = ? AND wall_us = ?)");
  row.bind(gateway).bind(anchor.boot_id).bind(anchor.monotonic_us).bind(anchor.wall_us);
  if (!row.step()) return row.error();
  return row.number(0) != 0;
}

Result<Outcome> Database::insert(const LaneRow& row, const MessageRun& run, std::uint64_t from) {
  const Result<std::int64_t> boot = boot_row(run.boot_id);
  if (!boot.ok()) return boot.error();
  Outcome outcome{.next = run.first + run.messages.size(), .redelivered = from - run.first};
  Statement insert(sqlite_, "INSERT INTO records VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  std::uint64_t offset = from;
  for (const Message& message : run.messages.subspan(static_cast<std::size_t>(from - run.first))) {
    insert.reset();
    insert.bind(row.stretch).bind(offset++).bind(*boot).bind(message.topic).bind(message.client).bind(message.payload);
    insert.bind(message.properties).bind(message.wall_us).bind(message.monotonic_us);
    insert.bind(std::uint64_t{message.time_quality})
        .bind(std::uint64_t{message.qos})
        .bind(std::uint64_t{message.retain});
    if (const Result<void> inserted = insert.run(); !inserted.ok()) return inserted.error();
    ++(sqlite_.changes() == 1 ? outcome.stored : outcome.redelivered);
  }
  return outcome;
}

Result<void> Database::move(const LaneKey& lane, const LaneRow& row, const Outcome& outcome) {
  Statement update(sqlite_, "UPDATE lanes SET next = ?, redelivered = redelivered + ? WHERE stretch = ? AND lane = ?");
  return update.bind(outcome.next).bind(outcome.redelivered).bind(row.stretch).bind(std::uint64_t{lane.lane}).run();
}

}  // namespace tidegate::collector
