#pragma once

#include <string>
#include <vector>

#include "gateway/base/manual_page.hpp"
#include "gateway/base/result.hpp"

namespace tidegate::tidegated {

/// The command line of tidegated.
struct Options {
  enum class Act { kRun, kCheck, kHelp, kManual, kVersion };
  Act act = Act::kRun;
  std::string config = "/etc/tidegate/tidegate.toml";
  std::string port_file;  ///< Where to write the addresses in use, once they are; empty: nowhere.
  bool debug = false;
};

Result<Options> parse_options(const std::vector<std::string>& arguments);

std::string help();

/// tidegated(8).
ManualPage manual();

}  // namespace tidegate::tidegated
