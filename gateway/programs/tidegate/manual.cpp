#include <cstdio>

#include "gateway/config/manual.hpp"
#include "gateway/programs/tidegate/commands.hpp"

namespace tidegate::cli {

int manual(const Arguments& arguments) {
  const ManualPage page = config::manual();
  std::fputs((arguments.has("--man") ? to_man(page) : to_markdown(page)).c_str(), stdout);
  return kSuccess;
}

}  // namespace tidegate::cli
