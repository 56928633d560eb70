#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/blockdev/record.hpp"
#include "tests/simulation/seeded_random.hpp"

namespace tidegate::blockdev {

/// What a power cut does to the writes that no flush has covered.
enum class Damage {
  kNone,       ///< None is there: the device held all of them back.
  kPrefix,     ///< All are there: as if they had been stored in order up to the cut.
  kSubset,     ///< Some are there, some are not.
  kTorn,       ///< The same, and of one only some sectors (512 bytes) are there.
  kDestroyed,  ///< The same, and one flash page (4 KiB) under one of them holds nothing sensible.
};
inline constexpr std::array kDamages{Damage::kNone, Damage::kPrefix, Damage::kSubset, Damage::kTorn,
                                     Damage::kDestroyed};
std::string_view to_string(Damage damage);

/// To show that a violation would be found: the record is read as that of somebody who does not keep the rules.
enum class Lie {
  kNone,
  kFlushes,           ///< A device that answers flushes and stores nothing.
  kAcknowledgements,  ///< A gateway that acknowledges before the flush of the message, not after it.
};

/// The device while its record is played: what is on the medium for sure, what may be, and what was acknowledged.
///
/// Torn and destroyed are writes of anything but what ext4 reads before it replays its journal, and so needs whole: its
/// superblock, the group descriptors, the journal's inode and the journal's superblock. Without them it does not mount,
/// whatever is stored on it.
class Medium {
 public:
  Medium(Buffer content, const Record& record, Lie lie);

  /// Plays the record up to its event number `place`, exclusively; forward only.
  void advance(std::size_t place);

  /// What a cut here may leave, into `image`, which has the size of the device.
  void crash(Damage damage, simulation::SeededRandom& random, std::span<std::byte> image) const;

  [[nodiscard]] std::size_t unflushed() const { return unflushed_.size(); }
  /// Messages acknowledged so far, by client: numbers [0, that).
  [[nodiscard]] const std::vector<std::uint64_t>& acknowledged() const { return acknowledged_; }
  /// What the test did at that time.
  [[nodiscard]] const std::string& phase() const { return phase_; }

 private:
  void play(const Event& event);
  void acknowledge(const Event& event);
  [[nodiscard]] const Event* draw_victim(simulation::SeededRandom& random) const;
  [[nodiscard]] bool is_read_before_replay(const Event& write) const;

  const std::vector<Event>& events_;
  const Lie lie_;
  std::size_t place_ = 0;
  std::size_t heard_ = 0;  // acknowledgements of the events before this one are counted
  Buffer content_;
  const std::uint64_t inodes_at_;
  std::vector<const Event*> unflushed_;
  std::vector<std::uint64_t> acknowledged_;
  std::string phase_ = "begin";
};

/// Where the power may go. What the test does is told by marks, and each stretch between two of them is as likely as
/// the others. Within it three times in four between a write and the flush that it waits for, each write as likely;
/// else anywhere.
class Places {
 public:
  explicit Places(const Record& record);
  std::size_t draw(simulation::SeededRandom& random) const;

 private:
  struct Stretch {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::vector<std::size_t> writes;
  };

  const std::vector<Event>& events_;
  std::vector<Stretch> stretches_;
};

}  // namespace tidegate::blockdev
