#pragma once

#include <string_view>

namespace tidegate::cli {

/// An option of mosquitto.conf(5) that no line of ours stands for.
struct MosquittoOption {
  enum class Verdict {
    kLost,         ///< It says something that is not offered.
    kLostGuard,    ///< The same, and without it more is let in.
    kLostIfTrue,   ///< The same; false is what happens here.
    kLostIfFalse,  ///< The same; true is what happens here.
    kNoNeed,       ///< What it is for happens here without it, or has no place here.
    kDetail,       ///< A detail of a listener or plugin that is spoken of as a whole.
  };
  std::string_view name;
  Verdict verdict;
  std::string_view why;  ///< And what to do.
};

/// Nothing if mosquitto 2.0 does not know it either (nor 2.1, where it encrypts a bridge), or if the importer has a
/// line for it.
const MosquittoOption* find_mosquitto_option(std::string_view name);

}  // namespace tidegate::cli
