// tidegate store: looks at what a gateway keeps, whether it runs or not.
#include <cstdio>

#include "gateway/programs/collector/export.hpp"
#include "gateway/programs/tidegate/commands.hpp"
#include "gateway/programs/tidegate/printable.hpp"
#include "gateway/programs/tidegate/store_place.hpp"
#include "gateway/programs/tidegate/store_text.hpp"
#include "gateway/sessions/sessions.hpp"
#include "gateway/store/stored_records.hpp"

namespace tidegate::cli {
namespace {

collector::StoredMessage message_of(const std::string& gateway, const std::string& stream,
                                    const store::StoredRecord& stored) {
  const store::Message& message = stored.record.message;
  return {.gateway = gateway,
          .stream = stream,
          .incarnation = as_text(stored.incarnation.bytes),
          .offset = stored.record.offset.value,
          .boot = as_text(stored.record.boot.bytes),
          .message = {.topic = message.topic,
                      .client = message.client,
                      .payload = message.payload,
                      .properties = message.properties,
                      .wall_us = message.received.wall.count(),
                      .monotonic_us = message.received.monotonic.count(),
                      .time_quality = static_cast<std::uint32_t>(message.received.quality),
                      .qos = message.qos,
                      .retain = message.retain}};
}

/// Prints the records of one stream; how many could not be read.
Result<std::uint64_t> export_stream(const std::string& directory, Disk& disk, const std::string& gateway,
                                    const std::string& stream, bool all) {
  std::uint64_t rotten = 0;
  const store::RecordListener listener{
      [&](const store::StoredRecord& stored) {
        const std::string line = collector::to_json_line(message_of(gateway, stream, stored));
        std::fwrite(line.data(), 1, line.size(), stdout);
      },
      [&](Offset from, Offset to) {
        rotten += to - from;
        std::fprintf(stderr, "tidegate: stream %s: offsets %llu up to %llu (exclusive) do not pass their check\n",
                     printable(stream).c_str(), static_cast<unsigned long long>(from.value),
                     static_cast<unsigned long long>(to.value));
      }};
  if (auto done = store::each_record(directory, disk, stream, all, listener); !done) return done.error();
  return rotten;
}

}  // namespace

int store_inspect(const Arguments& arguments) {
  SystemDisk disk;
  const StorePlace place = store_place(arguments, disk);
  const auto view = store::StoreView::open(place.pool_directory, disk);
  if (!view) return failed(without_a_store(view.error(), place));
  const auto surroundings = look_around(**view, place.pool_directory, disk);
  if (!surroundings) return failed(surroundings.error().message);
  const auto form = arguments.has("--json") ? inspect_json : inspect_text;
  std::fputs(form(**view, *surroundings).c_str(), stdout);
  return kSuccess;
}

int store_verify(const Arguments& arguments) {
  SystemDisk disk;
  const StorePlace place = store_place(arguments, disk);
  const auto view = store::StoreView::open(place.pool_directory, disk);
  if (!view) return failed(without_a_store(view.error(), place));
  const auto found = store::verify(**view);
  if (!found) return failed(found.error().message);
  std::fputs(verification_text(*found).c_str(), stdout);
  return found->sound() ? kSuccess : kFailure;
}

int store_export(const Arguments& arguments) {
  SystemDisk disk;
  const StorePlace place = store_place(arguments, disk);
  const auto view = store::StoreView::open(place.pool_directory, disk);
  if (!view) return failed(without_a_store(view.error(), place));
  const store::Manifest& manifest = (*view)->manifest();
  const std::string gateway = place.config.gateway.id.empty() ? manifest.board_id : place.config.gateway.id;
  std::vector<std::string> streams;
  for (const store::StreamRecord& stream : manifest.streams)
    if (stream.name != sessions::kStateStream) streams.push_back(stream.name);  // no messages: the gateway's own notes
  if (arguments.has("--stream")) streams = {arguments.get("--stream", "")};
  std::uint64_t rotten = 0;
  for (const std::string& stream : streams) {
    const auto unread = export_stream(place.pool_directory, disk, gateway, stream, arguments.has("--all"));
    if (!unread) return failed(unread.error().message);
    rotten += *unread;
  }
  return rotten == 0 ? kSuccess : failed(std::to_string(rotten) + " messages could not be read; see above");
}

}  // namespace tidegate::cli
