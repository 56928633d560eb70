// What a person asks of the database: list, count, export. Nothing here writes.
#include "gateway/programs/collector/database.hpp"

namespace tidegate::collector {
namespace {

// Not `text ? *text : ""`: that would be a view of a copy that is gone.
std::string_view text_or_empty(const std::optional<std::string>& text) {
  return text ? std::string_view(*text) : std::string_view();
}

/// What an earlier schema has not, empty and of this connection alone.
Result<void> add_missing_tables(Sqlite& sqlite) {
  Statement version(sqlite, "PRAGMA user_version");
  if (!version.step()) return version.error();
  const bool has_anchors = version.number(0) > 1;
  version.reset();
  return has_anchors ? Result<void>() : sqlite.run("CREATE TEMP TABLE anchors(gateway, boot, monotonic_us, wall_us)");
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open_to_read(const std::string& path) {
  Result<Sqlite> sqlite = Sqlite::open(path, true);
  if (!sqlite.ok()) return sqlite.error();
  Statement probe(*sqlite, "SELECT 1 FROM stretches LIMIT 1");
  static_cast<void>(probe.step());
  if (probe.failed()) return Error{probe.error().kind, path + ": " + probe.error().message};
  probe.reset();
  if (const Result<void> added = add_missing_tables(*sqlite); !added.ok()) return added.error();
  return std::unique_ptr<Database>(new Database(*std::move(sqlite), nullptr));
}

Result<std::vector<GatewaySummary>> Database::gateways() {
  const std::lock_guard lock(mutex_);
  Statement rows(sqlite_, "SELECT id, software, first_seen_us, last_seen_us FROM gateways ORDER BY id");
  std::vector<GatewaySummary> found;
  while (rows.step())
    found.push_back(
        {std::string(rows.text(0)), std::string(rows.text(1)), rows.signed_number(2), rows.signed_number(3)});
  if (rows.failed()) return rows.error();
  return found;
}

Result<std::vector<LaneSummary>> Database::lanes() {
  const std::lock_guard lock(mutex_);
  Statement rows(sqlite_,
                 "SELECT id, gateway, stream, incarnation, lane, base, next, redelivered, "
                 "(SELECT COUNT(*) FROM records WHERE records.stretch = id) "
                 "FROM lanes JOIN stretches ON id = stretch ORDER BY gateway, stream, id, lane");
  std::vector<LaneSummary> found;
  while (rows.step()) {
    const auto lane = static_cast<std::uint32_t>(rows.number(4));
    Result<std::vector<SkipRange>> skips = skips_of(rows.signed_number(0), lane);
    if (!skips.ok()) return skips.error();
    found.push_back({.key = {std::string(rows.text(1)), std::string(rows.text(2)), std::string(rows.text(3)), lane},
                     .base = rows.number(5),
                     .next = rows.number(6),
                     .records = rows.number(8),
                     .redelivered = rows.number(7),
                     .skips = *std::move(skips)});
  }
  if (rows.failed()) return rows.error();
  return found;
}

Result<bool> Database::has_stream(const std::string& stream) {
  const std::lock_guard lock(mutex_);
  Statement row(sqlite_, "SELECT EXISTS(SELECT 1 FROM stretches WHERE stream = ?)");
  row.bind(stream);
  if (!row.step()) return row.error();
  return row.number(0) != 0;
}

Result<std::uint64_t> Database::count(const std::optional<std::string>& stream) {
  const std::lock_guard lock(mutex_);
  Statement row(sqlite_,
                stream ? "SELECT COUNT(*) FROM records WHERE stretch IN (SELECT id FROM stretches WHERE stream = ?)"
                       : "SELECT COUNT(*) FROM records");
  if (stream) row.bind(*stream);
  if (!row.step()) return row.error();
  return row.number(0);
}

Result<void> Database::each_message(const ExportFilter& filter, const std::function<void(const StoredMessage&)>& use) {
  const std::lock_guard lock(mutex_);
  // An anchor is for all that is not v1.TIME_SYNCHRONISED (2), and makes it v1.TIME_CORRECTED (3).
  // One stretch after another, each along its primary key: nothing is sorted, whatever the size.
  Statement stretches(sqlite_,
                      "SELECT id, gateway, stream, incarnation FROM stretches "
                      "WHERE ?1 OR stream = ?2 ORDER BY gateway, stream, id");
  stretches.bind(std::uint64_t{!filter.stream}).bind(text_or_empty(filter.stream));
  while (stretches.step()) {
    Statement rows(sqlite_,
                   "SELECT \"offset\", topic, client, payload, properties, "
                   "coalesce(a.wall_us + r.monotonic_us - a.monotonic_us, r.wall_us), r.monotonic_us, "
                   "iif(a.boot IS NULL, time_quality, 3), qos, retain, (SELECT boot_id FROM boots WHERE id = r.boot) "
                   "FROM records r LEFT JOIN anchors a ON a.gateway = ?4 AND a.boot = r.boot AND time_quality <> 2 "
                   "WHERE stretch = ?1 AND (?2 OR topic = ?3) ORDER BY \"offset\"");
    rows.bind(stretches.signed_number(0)).bind(std::uint64_t{!filter.topic});
    rows.bind(text_or_empty(filter.topic)).bind(stretches.text(1));
    while (rows.step())
      use({.gateway = stretches.text(1),
           .stream = stretches.text(2),
           .incarnation = stretches.text(3),
           .offset = rows.number(0),
           .boot = rows.text(10),
           .message = {.topic = rows.text(1),
                       .client = rows.text(2),
                       .payload = as_bytes(rows.text(3)),
                       .properties = as_bytes(rows.text(4)),
                       .wall_us = rows.signed_number(5),
                       .monotonic_us = rows.signed_number(6),
                       .time_quality = static_cast<std::uint32_t>(rows.number(7)),
                       .qos = static_cast<std::uint32_t>(rows.number(8)),
                       .retain = rows.number(9) != 0}});
    if (rows.failed()) return rows.error();
  }
  if (stretches.failed()) return stretches.error();
  return {};
}

Result<std::vector<SkipRange>> Database::skips_of(std::int64_t stretch, std::uint32_t lane) {
  Statement rows(sqlite_,
                 "SELECT from_offset, to_offset, reason, words FROM skips WHERE stretch = ? AND lane = ? "
                 "ORDER BY from_offset");
  rows.bind(stretch).bind(std::uint64_t{lane});
  std::vector<SkipRange> found;
  while (rows.step())
    found.push_back(
        {rows.number(0), rows.number(1), static_cast<std::uint32_t>(rows.number(2)), std::string(rows.text(3))});
  if (rows.failed()) return rows.error();
  return found;
}

}  // namespace tidegate::collector
