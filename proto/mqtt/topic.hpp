#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace tidegate::mqtt {

/// A topic name that may be published to: 1 to 65,535 bytes of UTF-8 without U+0000 and wildcards (MQTT 5.0
/// section 4.7).
bool valid_topic(std::string_view topic);

/// A well-formed topic filter: '+' a whole level, '#' the whole last level [MQTT-4.7.1-1] to [MQTT-4.7.1-2].
bool valid_filter(std::string_view filter);

/// Whether a valid filter matches a valid topic; filters that begin with a wildcard do not match topics that begin
/// with '$' [MQTT-4.7.2-1].
bool matches(std::string_view filter, std::string_view topic);

/// Whether `wider` matches every topic that `narrower` matches, the empty one among them; both valid.
bool covers(std::string_view wider, std::string_view narrower);

/// What a subscription by this valid filter matches: the filter itself, or of a shared one what follows
/// "$share/NAME/" (section 4.8.2). Empty if nothing follows it, or there is no such name [MQTT-4.8.2-1],
/// [MQTT-4.8.2-2].
std::string_view without_share(std::string_view filter);

/// Index of a filter that covers `filters[index]`; of two that match the same, the first covers the second. All are
/// valid and without_share(); those that are empty count for nothing.
std::optional<std::size_t> find_covering(std::span<const std::string_view> filters, std::size_t index);

/// Well-formed UTF-8 as MQTT wants it: no surrogates, no U+0000 [MQTT-1.5.4-1], [MQTT-1.5.4-2].
bool valid_utf8(std::string_view text);

/// Removes the first level and its separator from `rest`; `last` says that no level follows, not even an empty one.
std::string_view take_level(std::string_view& rest, bool& last);

}  // namespace tidegate::mqtt
