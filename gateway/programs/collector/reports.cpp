// list, count and export: what a person asks of the database, beside a collector that runs.
#include <array>
#include <cinttypes>
#include <cstdio>

#include "gateway/programs/collector/commands.hpp"
#include "gateway/programs/collector/database.hpp"
#include "gateway/programs/collector/export.hpp"

namespace tidegate::collector {
namespace {

/// The database, if it has the stream that is asked for.
Result<std::unique_ptr<Database>> open(const Arguments& arguments) {
  auto database = Database::open_to_read(arguments.get(kDatabase.name, ""));
  if (!database.ok() || !arguments.has(kStream.name)) return database;
  const std::string stream = arguments.get(kStream.name, "");
  const Result<bool> has_stream = (*database)->has_stream(stream);
  if (!has_stream.ok()) return has_stream.error();
  if (!*has_stream)
    return Error{ErrorKind::kNotFound, arguments.get(kDatabase.name, "") + " has no stream \"" + stream +
                                           "\": tidegate-collector list shows those that it has"};
  return database;
}

std::optional<std::string> filter(const Arguments& arguments, std::string_view option) {
  if (!arguments.has(option)) return std::nullopt;
  return arguments.get(option, "");
}

std::string_view reason_name(std::uint32_t reason) {
  constexpr std::array<std::string_view, 6> kNames{"unspecified", "evicted", "reduced",
                                                   "rejected",    "corrupt", "delivered elsewhere"};
  return reason < kNames.size() ? kNames[reason] : "unknown";
}

void print_lane(const LaneSummary& lane) {
  std::printf("  stream %s  incarnation %s  lane %" PRIu32 "\n", lane.key.stream.c_str(),
              to_hex(as_bytes(lane.key.incarnation)).c_str(), lane.key.lane);
  std::printf("    %" PRIu64 " messages, offsets %" PRIu64 " to %" PRIu64 " (exclusive), redelivered %" PRIu64 "\n",
              lane.records, lane.base, lane.next, lane.redelivered);
  for (const SkipRange& skip : lane.skips)
    std::printf("    skipped %" PRIu64 " to %" PRIu64 " (exclusive): %s%s%s\n", skip.from, skip.to,
                std::string(reason_name(skip.reason)).c_str(), skip.words.empty() ? "" : ": ", skip.words.c_str());
}

}  // namespace

int list(const Arguments& arguments) {
  const Result<std::unique_ptr<Database>> database = open(arguments);
  if (!database.ok()) return failed(database.error().message);
  const Result<std::vector<GatewaySummary>> gateways = (*database)->gateways();
  if (!gateways.ok()) return failed(gateways.error().message);
  const Result<std::vector<LaneSummary>> lanes = (*database)->lanes();
  if (!lanes.ok()) return failed(lanes.error().message);
  for (const GatewaySummary& gateway : *gateways) {
    std::printf("gateway %s  %s  first seen %s  last connected %s\n", gateway.id.c_str(), gateway.software.c_str(),
                to_iso8601(gateway.first_seen_us).c_str(), to_iso8601(gateway.last_seen_us).c_str());
    for (const LaneSummary& lane : *lanes)
      if (lane.key.gateway == gateway.id) print_lane(lane);
  }
  return 0;
}

int count(const Arguments& arguments) {
  const Result<std::unique_ptr<Database>> database = open(arguments);
  if (!database.ok()) return failed(database.error().message);
  const Result<std::uint64_t> messages = (*database)->count(filter(arguments, kStream.name));
  if (!messages.ok()) return failed(messages.error().message);
  std::printf("%" PRIu64 "\n", *messages);
  return 0;
}

int export_messages(const Arguments& arguments) {
  const std::string format = arguments.get("--format", "jsonl");
  if (format != "jsonl" && format != "csv") return failed("--format is jsonl or csv, not " + format, 2);
  const Result<std::unique_ptr<Database>> database = open(arguments);
  if (!database.ok()) return failed(database.error().message);
  const bool csv = format == "csv";
  if (csv) std::fputs(csv_header().c_str(), stdout);
  const ExportFilter wanted{filter(arguments, kStream.name), filter(arguments, "--topic")};
  const Result<void> exported = (*database)->each_message(wanted, [csv](const StoredMessage& message) {
    const std::string line = csv ? to_csv_line(message) : to_json_line(message);
    std::fwrite(line.data(), 1, line.size(), stdout);
  });
  if (!exported.ok()) return failed(exported.error().message);
  // A full disk or a closed pipe must not look like a complete export.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return failed("the output could not be written");
  return 0;
}

}  // namespace tidegate::collector
