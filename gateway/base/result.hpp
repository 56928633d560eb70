#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tidegate {

/// What went wrong, as far as the caller can act on it. One enumeration for all modules: what to do next depends on the
/// kind, never on the module; the module speaks in the message.
enum class ErrorKind {
  kInvalid,      ///< The caller or a peer sent something that can never work. Do not retry.
  kUnsupported,  ///< Well-formed, but not offered here. Do not retry.
  kNotFound,     ///< Not there. Do not retry.
  kCorrupt,      ///< Stored or received bytes fail their check. Do not retry.
  kTooLarge,     ///< Over a stated limit. Do not retry.
  kRefused,      ///< Understood and denied (authorisation, policy). Do not retry.
  kNoSpace,      ///< A quota or the disk is full. Retry when space returns.
  kReadOnly,     ///< The file system takes no writes. Retry after someone acted.
  kIo,           ///< The device failed. The bytes may or may not be there: a retry writes them elsewhere.
  kUnavailable,  ///< The peer is away. Retry later; nothing was taken.
  kTimeout,      ///< No answer in time. Retry under the same identity: it may have been taken (can double).
  kCancelled,    ///< We were told to stop.
};

std::string_view to_string(ErrorKind kind);

/// True if the same call can succeed later without anybody changing the input.
constexpr bool can_retry(ErrorKind kind) {
  return kind == ErrorKind::kNoSpace || kind == ErrorKind::kReadOnly || kind == ErrorKind::kIo ||
         kind == ErrorKind::kUnavailable || kind == ErrorKind::kTimeout;
}

/// A failure from outside, in words that say what to do. Never thrown.
struct Error {
  ErrorKind kind = ErrorKind::kInvalid;
  std::string message;
};

/// Either a value or an Error. Reading the one that is not there is a bug and stops the program.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const { return error_.value(); }

 private:
  std::optional<Error> error_;
};

}  // namespace tidegate
