#include "gateway/base/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace tidegate {

namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // reflected

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
    table[i] = value;
  }
  return table;
}

constexpr auto kTable = make_table();

// Where in the table the entry with this upper byte is: each is there once.
constexpr std::array<std::uint8_t, 256> make_places() {
  std::array<std::uint8_t, 256> places{};
  for (std::uint32_t i = 0; i < 256; ++i) places[kTable[i] >> 24] = static_cast<std::uint8_t>(i);
  return places;
}

constexpr auto kPlaces = make_places();

[[maybe_unused]] std::uint64_t load64(const std::byte* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

#if defined(__x86_64__)

bool have_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) std::uint32_t with_instruction(Bytes bytes, std::uint32_t crc) {
  std::uint64_t state = static_cast<std::uint32_t>(~crc);
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) state = _mm_crc32_u64(state, load64(at));
  for (; left > 0; --left, ++at)
    state = _mm_crc32_u8(static_cast<std::uint32_t>(state), static_cast<unsigned char>(*at));
  return ~static_cast<std::uint32_t>(state);
}

#elif defined(__aarch64__)

bool have_instruction() { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

__attribute__((target("+crc"))) std::uint32_t with_instruction(Bytes bytes, std::uint32_t crc) {
  std::uint32_t state = ~crc;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) state = __crc32cd(state, load64(at));
  for (; left > 0; --left, ++at) state = __crc32cb(state, static_cast<std::uint8_t>(*at));
  return ~state;
}

#else

bool have_instruction() { return false; }
std::uint32_t with_instruction(Bytes bytes, std::uint32_t crc) { return crc32c_portable(bytes, crc); }

#endif

}  // namespace

std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t crc) {
  std::uint32_t state = ~crc;
  for (const std::byte byte : bytes) state = (state >> 8) ^ kTable[(state ^ static_cast<std::uint32_t>(byte)) & 0xFF];
  return ~state;
}

// A step forward leaves the upper byte to the table alone: it names the entry, and the entry gives back the rest.
std::uint32_t crc32c_before(Bytes bytes, std::uint32_t crc) {
  std::uint32_t state = ~crc;
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    const std::uint32_t place = kPlaces[state >> 24];
    state = ((state ^ kTable[place]) << 8) | (place ^ static_cast<std::uint32_t>(*byte));
  }
  return ~state;
}

std::uint32_t crc32c(Bytes bytes, std::uint32_t crc) {
  static const bool kHave = have_instruction();
  return kHave ? with_instruction(bytes, crc) : crc32c_portable(bytes, crc);
}

}  // namespace tidegate
