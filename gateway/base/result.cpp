#include "gateway/base/result.hpp"

namespace tidegate {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid: return "invalid";
    case ErrorKind::kUnsupported: return "unsupported";
    case ErrorKind::kNotFound: return "not found";
    case ErrorKind::kCorrupt: return "corrupt";
    case ErrorKind::kTooLarge: return "too large";
    case ErrorKind::kRefused: return "refused";
    case ErrorKind::kNoSpace: return "no space";
    case ErrorKind::kReadOnly: return "read-only";
    case ErrorKind::kIo: return "i/o";
    case ErrorKind::kUnavailable: return "unavailable";
    case ErrorKind::kTimeout: return "timeout";
    case ErrorKind::kCancelled: return "cancelled";
  }
  return "unknown";
}

}  // namespace tidegate
