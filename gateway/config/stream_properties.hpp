#pragma once

#include <array>

#include "gateway/config/binding.hpp"

namespace tidegate::config {

/// The rows of [stream.NAME] in the table of properties(), of which they are the last.
inline constexpr std::array kStreamProperties{
    bound<&Stream::topics>(
        {.section = "stream",
         .key = "topics",
         .kind = Kind::kFilters,
         .bounds = {1, 1000},
         .doc = "MQTT topic filters. A message goes to the first stream, in order of the file, one of whose filters "
                "matches; what none matches stays local and is counted in `tidegate status`."}),
    bound<&Stream::to>(
        {.section = "stream",
         .key = "to",
         .kind = Kind::kNames,
         .bounds = {1, 16},
         .doc = "The upstream that gets the stream. A message is given up only after it has confirmed it."}),
    bound<&Stream::quota_bytes>(
        {.section = "stream",
         .key = "quota",
         .kind = Kind::kSize,
         .bounds = {64 * kKiB, 4096 * kGiB},
         .when_unset = "an equal share of the store",
         .doc = "Disk space of the stream's messages at most; when_full says what happens then."}),
    bound<&Stream::when_full>(
        {.section = "stream",
         .key = "when_full",
         .kind = Kind::kWhenFull,
         .doc = "`\"drop-oldest\"` deletes the stream's oldest messages, counts them and names them upstream. "
                "`\"refuse\"` acknowledges nothing more until there is room, so that the sensors keep it."}),
    bound<&Stream::max_age>(
        {.section = "stream",
         .key = "max_age",
         .kind = Kind::kDuration,
         .bounds = {1 * kSecond, 3650 * 24 * kHour},
         .when_unset = "no limit",
         .doc = "What is not delivered by then is deleted, whatever when_full says, counted with the reason `age` and "
                "named upstream. Looked at once a minute (more often if this is less than 10 min). A wall clock that "
                "jumps or is wrong changes nothing: within a boot the monotonic clock counts, and what was received "
                "in an earlier boot is deleted only when the right time is known for then and now, or when "
                "something that came later is too old."}),
    bound<&Stream::keep>(
        {.section = "stream",
         .key = "keep",
         .kind = Kind::kDuration,
         .bounds = {1 * kSecond, 3650 * 24 * kHour},
         .when_unset = "no longer than until they are delivered",
         .doc = "Messages stay in the store for this long after they came, also when they are delivered: a collector "
                "whose database was restored from a backup gets again what it has lost, and `tidegate store export "
                "--all` shows them. They may fill all of store.size that nothing else needs, beside the quota, and go "
                "before anything that is not delivered. A start counts anew, so that they may stay for longer."}),
    Property{.section = "stream",
             .key = "priority",
             .kind = Kind::kNotOffered,
             .doc = "priorities are not offered by this version; remove the line, every stream gets its turn"},
};

}  // namespace tidegate::config
