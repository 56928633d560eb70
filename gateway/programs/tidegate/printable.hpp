#pragma once

#include <string>

namespace tidegate::cli {

/// One line of text with C0 and C1 controls shown as '?', so that nobody's topic moves the cursor.
std::string printable(std::string line);

}  // namespace tidegate::cli
