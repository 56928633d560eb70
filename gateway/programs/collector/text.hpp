#pragma once

#include <string>
#include <string_view>

#include "gateway/base/bytes.hpp"

namespace tidegate::collector {

/// Well-formed by RFC 3629: no overlong forms, no surrogates, at most U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

/// `text`, which must be UTF-8, in quotes, escaped as RFC 8259 demands; everything that can stand as itself does.
[[nodiscard]] std::string json_string(std::string_view text);

/// RFC 4180: quoted where it must be.
[[nodiscard]] std::string csv_field(std::string_view text);

/// RFC 4648 section 4, padded.
[[nodiscard]] std::string base64(Bytes bytes);

}  // namespace tidegate::collector
