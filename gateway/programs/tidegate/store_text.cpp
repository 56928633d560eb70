#include "gateway/programs/tidegate/store_text.hpp"

#include <algorithm>

#include "gateway/programs/tidegate/printable.hpp"
#include "gateway/programs/tidegate/status_text.hpp"

namespace tidegate::cli {
namespace {

using store::StreamRecord;

std::string offset_text(Offset offset) { return with_commas(offset.value); }

/// "80 up to 9,000 (8,920 records)": the second is exclusive.
std::string range_text(Offset from, Offset to) {
  return offset_text(from) + " up to " + offset_text(to) + " (" + counted(to - from, "record") + ")";
}

std::string head_line(const store::StoreView& view, const StoreSurroundings& surroundings) {
  const store::Manifest& manifest = view.manifest();
  std::uint64_t owed = 0;
  for (const StreamRecord& stream : manifest.streams) owed += live_bytes(stream);
  return "store " + surroundings.directory + ": " + counted(slots_in_use(manifest).size(), "slot") + " of " +
         with_commas(manifest.slots.size()) + " in use, " + rough_bytes(manifest.slot_bytes) + " each; " +
         rough_bytes(owed) + " owed";
}

std::string manifest_line(const store::Manifest& manifest, const StoreSurroundings& surroundings) {
  std::string line = "format " + std::to_string(manifest.format) + ", manifest " + with_commas(manifest.sequence) +
                     ", id " + to_hex(manifest.store_id) + ", board " +
                     (manifest.board_id.empty() ? "not known" : manifest.board_id) + "; in the areas:";
  for (std::size_t i = 0; i < surroundings.areas.size(); ++i) line += (i == 0 ? " " : "; ") + surroundings.areas[i];
  return line;
}

std::string tail_line(const store::Manifest& manifest) {
  const store::Tail& tail = manifest.tail;
  std::string line = "log: next commit " + with_commas(tail.next_commit) + ", frames at multiples of " +
                     with_commas(manifest.frame_alignment) + " bytes, ";
  if (tail.slot < manifest.slots.size())
    line += "slot " + std::to_string(tail.slot) + " is written to, " + with_commas(manifest.slots[tail.slot].used) +
            " bytes so far";
  return line + (tail.clean ? "; it was closed" : "; not closed: a gateway runs, or was ended without a word");
}

void add_stream(const StreamRecord& stream, std::vector<std::string>& lines) {
  const Offset owed = owed_from(stream);
  lines.push_back("stream " + stream.name + " (number " + std::to_string(stream.id.value) + "): next offset " +
                  offset_text(stream.next) + ", owed " + range_text(std::min(owed, stream.next), stream.next) + ", " +
                  rough_bytes(live_bytes(stream)));
  if (stream.evicted_to > Offset{0}) lines.push_back("  dropped by policy before " + offset_text(stream.evicted_to));
  for (const store::LaneCursor& cursor : stream.cursors)
    lines.push_back("  upstream " + cursor.upstream + ", lane " + std::to_string(cursor.lane.value) +
                    ": has everything before " + offset_text(cursor.position) +
                    (cursor.end == kOpenEnd ? "" : " of " + offset_text(cursor.end)));
  for (const store::IncarnationRange& range : stream.incarnations)
    lines.push_back("  incarnation " + to_string(range.incarnation) + " from " + offset_text(range.first));
  for (const auto& [first, extent] : stream.extents)
    lines.push_back("  in slot " + std::to_string(extent.slot) + ": " + range_text(extent.first, extent.end()) + ", " +
                    rough_bytes(extent.bytes));
}

void add_slots(const store::StoreView& view, std::vector<std::string>& lines) {
  const std::vector<std::uint64_t> owed = view.catalog().owed_by_slot();
  const std::vector<store::Slot>& slots = view.manifest().slots;
  for (std::size_t number = 0; number < slots.size(); ++number) {
    if (slots[number].sequence == 0) continue;
    lines.push_back("slot " + std::to_string(number) + ": used " + with_commas(slots[number].used) + " bytes, number " +
                    with_commas(slots[number].sequence) + " in the order of use, owes " + rough_bytes(owed[number]));
  }
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += printable(line) + "\n";
  return text;
}

std::string lost_line(const store::LostRecords& lost) {
  return "lost: stream " + lost.stream + ", " + range_text(lost.from, lost.to) + " of slot " +
         std::to_string(lost.slot) +
         (lost.owed ? ": owed to an upstream, which is told that they are corrupt" : ": every upstream has them");
}

std::vector<std::string> healing_lines(const store::RepairPlan& plan) {
  std::vector<std::string> lines;
  if (!plan.rotten_slots.empty())
    lines.push_back("a repair empties " + counted(plan.rotten_slots.size(), "slot") +
                    ": what is owed and passes its check is copied forward, the rest goes to quarantine/, and what is "
                    "lost is named corrupt to its upstream");
  if (!plan.found.bad_areas.empty()) lines.emplace_back("a repair writes the manifest into every area anew");
  if (lines.empty()) lines.emplace_back("a repair takes out of the manifest what the pool is too short for");
  return lines;
}

void add_rebuilt(const store::Rebuilt& rebuilt, std::vector<std::string>& lines) {
  for (const StreamRecord& stream : rebuilt.manifest.streams) {
    const auto topic = rebuilt.topics.find(stream.id);
    lines.push_back("stream number " + std::to_string(stream.id.value) + " becomes " + stream.name + ": next offset " +
                    offset_text(stream.next) + ", " + rough_bytes(stream.extents.bytes_from(Offset{0})) +
                    (topic == rebuilt.topics.end() ? "" : ", a message is on topic " + topic->second));
    for (const store::LaneCursor& cursor : stream.cursors)
      lines.push_back("  upstream " + cursor.upstream + ": has everything before " + offset_text(cursor.position));
  }
  for (const std::uint32_t slot : rebuilt.unproven)
    lines.push_back("slot " + std::to_string(slot) + ": no two frames of its present use prove each other; left out");
  lines.emplace_back(
      "a repair makes a manifest of this; the names of streams are not in the pool: --streams A,B,... gives "
      "them, in the order of their numbers");
}

}  // namespace

Result<StoreSurroundings> look_around(const store::StoreView& view, const std::string& directory, Disk& disk) {
  StoreSurroundings surroundings{.directory = directory, .areas = {}, .set_aside = {}};
  for (std::uint32_t area = 0; area < store::kManifestAreas; ++area) {
    const auto manifest = store::read_manifest(view.file(), area, 0);
    surroundings.areas.push_back(manifest ? "manifest " + with_commas(manifest->sequence) : manifest.error().message);
  }
  const auto names = disk.list(directory);
  if (!names) return names.error();
  for (const std::string& name : *names)
    if (store::on_pool_set_aside(name)) surroundings.set_aside.push_back(name);
  if (const auto rotten = disk.list(directory + "/quarantine"); rotten)
    for (const std::string& name : *rotten) surroundings.set_aside.push_back("quarantine/" + name);
  return surroundings;
}

std::string inspect_text(const store::StoreView& view, const StoreSurroundings& surroundings) {
  const store::Manifest& manifest = view.manifest();
  std::vector<std::string> lines{head_line(view, surroundings), manifest_line(manifest, surroundings),
                                 tail_line(manifest)};
  for (const StreamRecord& stream : manifest.streams) add_stream(stream, lines);
  add_slots(view, lines);
  for (const std::string& name : surroundings.set_aside) lines.push_back("set aside: " + name);
  return joined(lines);
}

std::string verification_text(const store::Verification& found) {
  std::vector<std::string> lines;
  for (const store::BadArea& area : found.bad_areas)
    lines.push_back("manifest area " + std::to_string(area.area) + ": " + area.reason +
                    "; rot, or a power cut while it was written");
  for (const store::RotStretch& rot : found.rot)
    lines.push_back("rot: " + with_commas(rot.bytes) + " bytes at " + with_commas(rot.file_position) +
                    " of the pool, in slot " + std::to_string(rot.slot) + ", do not pass their check");
  for (const store::LostRecords& lost : found.lost) lines.push_back(lost_line(lost));
  lines.push_back(counted(found.slots, "slot") + ", " + counted(found.frames, "frame") + " and " +
                  counted(found.records, "record") +
                  " were read: " + (found.sound() ? "all is well" : "not all is well"));
  if (found.reused > 0)
    lines.push_back(counted(found.reused, "slot") + " of them the gateway began to use again meanwhile");
  return joined(lines);
}

std::string repair_text(const store::RepairPlan& plan) {
  if (plan.nothing_to_do()) return verification_text(plan.found) + "nothing is to be repaired\n";
  if (plan.no_manifest.empty()) return verification_text(plan.found) + joined(healing_lines(plan));
  std::vector<std::string> lines{"the pool has no manifest any more: " + plan.no_manifest};
  if (!plan.rebuilt || plan.rebuilt->empty()) {
    lines.emplace_back(
        "no frames are found of which two prove each other, where the configuration says that slots are");
    lines.emplace_back("a repair sets the pool aside, as a start would do, which then makes a new one");
  } else {
    add_rebuilt(*plan.rebuilt, lines);
  }
  return joined(lines);
}

std::string upgrade_text(std::uint16_t format) {
  const std::string is = "the store is of format " + std::to_string(format);
  if (format == store::kNewestFormat) return is + ", the newest that this version knows\n";
  return is + ", which an earlier version of Tidegate reads as well. An upgrade makes it one of format " +
         std::to_string(store::kNewestFormat) +
         ", whose frames may be compressed (store.compression); an earlier version then sets it aside\n";
}

}  // namespace tidegate::cli
