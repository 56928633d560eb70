#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "gateway/base/bytes.hpp"
#include "gateway/base/disk.hpp"
#include "gateway/base/result.hpp"

namespace tidegate::south {

/// User names and password hashes in mosquitto's own format (mosquitto_passwd(1)), so that a file can be taken over as
/// it is: `name:$7$iterations$salt$hash` (PBKDF2-HMAC-SHA512, mosquitto 2.0) and `name:$6$salt$hash` (SHA-512 of
/// password and salt, mosquitto 1.x), salt and hash in base64. Immutable after parsing: any thread may verify.
class Users {
 public:
  /// Reads the text of a password file. Empty lines and lines that begin with '#' are skipped. kInvalid names every bad
  /// line with its number ("FILE:3: ..."), one a line of the message, and never repeats a hash.
  static Result<Users> parse(std::string_view text, std::string_view file_name);
  static Result<Users> load(const std::string& path, Disk& disk);

  /// Whether this is the user's password. Takes as long for an unknown name as for a known one and compares in constant
  /// time, so that an answer's delay names no user. It hashes for milliseconds: not on the reactor.
  [[nodiscard]] bool verify(std::string_view name, Bytes password) const;

  [[nodiscard]] bool has(std::string_view name) const { return users_.contains(name); }
  [[nodiscard]] std::size_t size() const { return users_.size(); }

 private:
  enum class Scheme : std::uint8_t { kSha512 = 6, kPbkdf2 = 7 };
  struct Hash {
    Scheme scheme = Scheme::kPbkdf2;
    std::uint32_t iterations = 0;
    Buffer salt;
    Buffer digest;  ///< 64 bytes.
  };
  Result<void> add(std::string_view line);
  static Result<Hash> parse_hash(std::string_view text);
  static bool fits(const Hash& hash, Bytes password);

  std::map<std::string, Hash, std::less<>> users_;
  Hash stand_in_;  ///< What an unknown name is checked against: as costly as the costliest user's.
};

}  // namespace tidegate::south
