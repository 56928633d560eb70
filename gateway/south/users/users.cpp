#include "gateway/south/users/users.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "gateway/base/text_file.hpp"

namespace tidegate::south {
namespace {

constexpr std::size_t kDigestBytes = 64;  // SHA-512
// mosquitto_passwd writes 101 iterations; the limit keeps one line from occupying a processor for minutes.
constexpr std::uint32_t kMaxIterations = 10'000'000;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<Buffer> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  Buffer out(text.size() / 4 * 3);
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(static_cast<std::size_t>(size) - padding);  // EVP_DecodeBlock counts the padding
  return out;
}

const unsigned char* raw(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

using Digest = std::array<unsigned char, kDigestBytes>;

bool hash_sha512(Bytes password, Bytes salt, Digest& digest) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  if (context == nullptr) return false;
  const bool ok = EVP_DigestInit_ex(context, EVP_sha512(), nullptr) == 1 &&
                  EVP_DigestUpdate(context, password.data(), password.size()) == 1 &&
                  EVP_DigestUpdate(context, salt.data(), salt.size()) == 1 &&
                  EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1;
  EVP_MD_CTX_free(context);
  return ok;
}

bool hash_pbkdf2(Bytes password, Bytes salt, std::uint32_t iterations, Digest& digest) {
  return PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(password.data()), static_cast<int>(password.size()), raw(salt),
                           static_cast<int>(salt.size()), static_cast<int>(iterations), EVP_sha512(),
                           static_cast<int>(digest.size()), digest.data()) == 1;
}

Error invalid(std::string message) { return {ErrorKind::kInvalid, std::move(message)}; }

}  // namespace

Result<Users> Users::parse(std::string_view text, std::string_view file_name) {
  Users users;
  std::string faults;
  std::size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto added = users.add(line);
    if (added) continue;
    faults += (faults.empty() ? "" : "\n") + std::string(file_name) + ":" + std::to_string(number) + ": " +
              added.error().message;
  }
  if (!faults.empty()) return invalid(std::move(faults));
  return users;
}

Result<Users> Users::load(const std::string& path, Disk& disk) {
  constexpr std::size_t kMaxFileBytes = 16 << 20;
  const auto text = read_text_file(disk, path, kMaxFileBytes);
  if (!text) {
    const bool missing = text.error().kind == ErrorKind::kNotFound;
    return Error{text.error().kind, text.error().message + (missing ? " (mosquitto_passwd -c makes such a file)" : "")};
  }
  return parse(*text, path);
}

Result<void> Users::add(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return invalid("is not name:hash");
  const std::string_view name = line.substr(0, colon);
  auto hash = parse_hash(line.substr(colon + 1));
  if (!hash) return hash.error();
  const bool is_costlier = hash->scheme > stand_in_.scheme || hash->iterations > stand_in_.iterations;
  if (users_.empty() || is_costlier) stand_in_ = *hash;
  if (!users_.emplace(name, std::move(*hash)).second) {
    return invalid("\"" + std::string(name) + "\" is there already");
  }
  return {};
}

Result<Users::Hash> Users::parse_hash(std::string_view text) {
  const auto parts = split(text, '$');  // "", scheme, ...
  const bool is_pbkdf2 = parts.size() == 5 && parts[0].empty() && parts[1] == "7";
  const bool is_sha512 = parts.size() == 4 && parts[0].empty() && parts[1] == "6";
  if (!is_pbkdf2 && !is_sha512) {
    return invalid("has no $7$ or $6$ hash: set the password with mosquitto_passwd; plain ones are not read");
  }
  Hash hash{.scheme = is_pbkdf2 ? Scheme::kPbkdf2 : Scheme::kSha512, .iterations = 1, .salt = {}, .digest = {}};
  if (is_pbkdf2) {
    const std::string_view digits = parts[2];
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), hash.iterations);
    if (error != std::errc{} || end != digits.data() + digits.size() || hash.iterations == 0 ||
        hash.iterations > kMaxIterations) {
      return invalid("has a number of iterations that is not from 1 to " + std::to_string(kMaxIterations));
    }
  }
  auto salt = from_base64(parts[parts.size() - 2]);
  auto digest = from_base64(parts.back());
  if (!salt || !digest) return invalid("has a salt or a hash that is not base64");
  if (digest->size() != kDigestBytes) return invalid("has a hash that is not of SHA-512: the line is cut off");
  hash.salt = std::move(*salt);
  hash.digest = std::move(*digest);
  return hash;
}

bool Users::verify(std::string_view name, Bytes password) const {
  if (users_.empty()) return false;
  const auto user = users_.find(name);
  const bool is_known = user != users_.end();
  const bool fits_hash = fits(is_known ? user->second : stand_in_, password);
  return is_known && fits_hash;
}

bool Users::fits(const Hash& hash, Bytes password) {
  Digest digest{};
  const bool hashed = hash.scheme == Scheme::kPbkdf2 ? hash_pbkdf2(password, hash.salt, hash.iterations, digest)
                                                     : hash_sha512(password, hash.salt, digest);
  return hashed && CRYPTO_memcmp(digest.data(), hash.digest.data(), kDigestBytes) == 0;
}

}  // namespace tidegate::south
