#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate::blockdev {

/// Which of a client's messages: they are numbered from 0 in the order in which they are sent first.
struct MessageName {
  std::uint32_t client = 0;
  std::uint64_t number = 0;
};

/// Each client has a topic, and so a stream, of its own: "client/<n>/reading".
std::string topic_of(std::uint32_t client);

/// "<client> <number> " and letters, as many and such as chance gives to that name: made anew whenever they are needed,
/// to be sent or to be compared. Most are about 100 bytes long; those of client 2 up to 16 KiB.
std::string payload_of(MessageName name);

/// The name in a payload, or nothing if it is not, letter by letter, the payload of that name.
std::optional<MessageName> name_of(std::string_view payload);

}  // namespace tidegate::blockdev
