#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidegate {

/// A piece of a manual page. In `text` and `note`, what stands in backticks is code.
struct Block {
  enum class Kind {
    kHeading,
    kSubheading,
    kText,  ///< A paragraph.
    kItem,  ///< `term`, what is said of it in brief (`note`, may be empty), and `text`.
    kCode,  ///< Lines to be shown as they are.
  };
  Kind kind = Kind::kText;
  std::string text{};
  std::string term{};
  std::string note{};
};

/// A page of the manual, to be shown in more than one form.
struct ManualPage {
  std::string_view name{};     ///< "tidegate.toml"
  std::string_view section{};  ///< "5"
  std::string_view summary{};  ///< Without a full stop, as in the NAME section of a man page.
  std::vector<Block> blocks{};
};

/// For a browser; lines of at most 120 characters where words allow it.
std::string to_markdown(const ManualPage& page);

/// For man(1): the man macros of groff and mandoc.
std::string to_man(const ManualPage& page);

}  // namespace tidegate
