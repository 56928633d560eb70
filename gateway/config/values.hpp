#pragma once

#include "gateway/base/result.hpp"
#include "gateway/config/document.hpp"
#include "gateway/config/properties.hpp"

namespace tidegate::config {

/// What a literal of the file means for this property; or, in words for the owner, why it cannot be that.
Result<Value> read_value(const Property& property, const Literal& literal);

/// The value as one would write it in the file.
std::string format_value(const Property& property, const Value& value);

/// "64 KiB to 4 GiB", as one would write it; "1 to 16 elements" of a list; empty: nothing bounds it.
std::string format_bounds(const Property& property);

/// Zero, empty, nothing: what a property with `when_unset` has unless it is set.
bool is_unset(const Property& property, const Value& value);

/// A name that tables and gateways may have: 1 to 64 letters, digits, '-', '_' and '.'.
bool is_name(std::string_view text);

}  // namespace tidegate::config
