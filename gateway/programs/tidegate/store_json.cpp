#include <boost/json.hpp>

#include "gateway/programs/tidegate/store_text.hpp"

namespace tidegate::cli {
namespace {

namespace json = boost::json;

json::object stream_object(const store::StreamRecord& stream) {
  json::array cursors;
  for (const store::LaneCursor& cursor : stream.cursors) {
    json::object object{
        {"upstream", cursor.upstream}, {"lane", cursor.lane.value}, {"position", cursor.position.value}};
    if (cursor.end != kOpenEnd) object["end"] = cursor.end.value;
    cursors.push_back(std::move(object));
  }
  json::array incarnations;
  for (const store::IncarnationRange& range : stream.incarnations)
    incarnations.push_back(json::object{{"incarnation", to_string(range.incarnation)}, {"first", range.first.value}});
  json::array extents;
  for (const auto& [first, extent] : stream.extents)
    extents.push_back(
        json::object{{"slot", extent.slot}, {"first", first.value}, {"count", extent.count}, {"bytes", extent.bytes}});
  return {{"id", stream.id.value},
          {"name", stream.name},
          {"next", stream.next.value},
          {"given_up", stream.given_up.value},
          {"evicted_to", stream.evicted_to.value},
          {"owed_from", owed_from(stream).value},
          {"owed_bytes", live_bytes(stream)},
          {"cursors", std::move(cursors)},
          {"incarnations", std::move(incarnations)},
          {"extents", std::move(extents)}};
}

json::array slot_array(const store::StoreView& view) {
  const std::vector<std::uint64_t> owed = view.catalog().owed_by_slot();
  json::array slots;
  for (std::size_t number = 0; number < owed.size(); ++number) {
    const store::Slot& slot = view.manifest().slots[number];
    slots.push_back(json::object{
        {"slot", number}, {"sequence", slot.sequence}, {"used_bytes", slot.used}, {"owed_bytes", owed[number]}});
  }
  return slots;
}

}  // namespace

std::string inspect_json(const store::StoreView& view, const StoreSurroundings& surroundings) {
  const store::Manifest& manifest = view.manifest();
  json::array streams;
  for (const store::StreamRecord& stream : manifest.streams) streams.push_back(stream_object(stream));
  const json::object object{
      {"directory", surroundings.directory},
      {"store_id", to_hex(manifest.store_id)},
      {"board_id", manifest.board_id},
      {"format", manifest.format},
      {"slot_bytes", manifest.slot_bytes},
      {"frame_alignment", manifest.frame_alignment},
      {"manifest", manifest.sequence},
      {"areas", json::value_from(surroundings.areas)},
      {"tail",
       {{"slot", manifest.tail.slot}, {"next_commit", manifest.tail.next_commit}, {"closed", manifest.tail.clean}}},
      {"streams", std::move(streams)},
      {"slots", slot_array(view)},
      {"set_aside", json::value_from(surroundings.set_aside)}};
  return json::serialize(object) + "\n";
}

}  // namespace tidegate::cli
