#include "tests/simulation/plan.hpp"

#include <algorithm>
#include <numeric>
#include <string>

namespace tidegate::simulation {

namespace {

constexpr std::uint32_t kFramesOfASlot = 16;  // that are aligned and small

using Choices = std::array<std::size_t, 3>;

// One weight a history and act. A choice of 0 makes histories without it: a full disk that stays, an upstream away.
constexpr std::array<Choices, kActs> kWeights = {{
    {20, 40, 80},  // kCommit
    {0, 10, 40},   // kMoveCursor
    {0, 2, 10},    // kCommitCursors
    {0, 1, 4},     // kDropOld
    {5, 5, 20},    // kRead
    {0, 0, 1},     // kBeginIncarnation
    {0, 1, 2},     // kKill
    {0, 1, 2},     // kClose
    {1, 2, 4},     // kCut
    {0, 0, 3},     // kFault
    {0, 0, 2},     // kFillDisk
    {0, 1, 2},     // kFreeDisk
}};

std::size_t one_of(const Choices& choices, SeededRandom& random) { return choices[random.index(choices.size())]; }

/// From 4 to 32 KiB, the smaller the likelier: what a history costs grows with it.
std::uint32_t draw_alignment(SeededRandom& random) {
  std::uint32_t alignment = 4096;
  while (alignment < (32U << 10) && random.once_in(3)) alignment *= 2;
  return alignment;
}

std::vector<store::StreamOptions> draw_streams(std::uint64_t quotas_bytes, SeededRandom& random) {
  const std::uint64_t count = random.between(1, 4);
  std::vector<store::StreamOptions> streams;
  for (std::uint64_t i = 0; i < count; ++i) {
    store::StreamOptions stream;
    stream.name = "stream-" + std::to_string(i);
    stream.quota_bytes = quotas_bytes / count / random.between(1, 3);
    stream.when_full = random.once_in(3) ? store::WhenFull::kRefuse : store::WhenFull::kDropOldest;
    stream.upstreams = {"cloud"};
    if (random.once_in(3)) stream.upstreams.emplace_back("plant");
    streams.push_back(std::move(stream));
  }
  return streams;
}

constexpr std::array<std::string_view, kActs> kNames = {
    "commit", "move cursor", "commit cursors", "drop old",  "read",     "begin incarnation", "kill",
    "close",  "cut",         "fault",          "fill disk", "free disk"};

}  // namespace

std::string_view to_string(Act act) { return kNames[static_cast<std::size_t>(act)]; }

Plan draw_plan(SeededRandom& random) {
  Plan plan;
  const std::uint64_t slots = random.between(6, 14);
  plan.log.directory = "/var/store";
  plan.log.board_id = "board-0";
  plan.log.frame_alignment = draw_alignment(random);
  plan.page_bytes = std::max<std::size_t>(4096, plan.log.frame_alignment >> random.below(2));
  plan.log.slot_bytes = kFramesOfASlot * plan.log.frame_alignment;
  plan.log.pool_bytes = slots * plan.log.slot_bytes;
  plan.log.streams = draw_streams((slots - 4) * plan.log.slot_bytes, random);
  plan.max_payload_bytes = one_of({30, 200, 1500}, random);
  const std::size_t fitting = plan.log.slot_bytes / 2 / plan.log.streams.size() / (plan.max_payload_bytes + 120);
  plan.max_batch_records = std::min(one_of({2, 8, 20}, random), fitting);
  plan.steps = one_of({40, 150, 300}, random);
  plan.unrest = {.cut_opens_percent = one_of({20, 50, 95}, random),
                 .max_calls_to_cut = one_of({12, 20, 40}, random),
                 .program_only_percent = one_of({5, 30, 60}, random)};
  for (std::size_t act = 0; act < kActs; ++act) plan.weights[act] = one_of(kWeights[act], random);
  return plan;
}

Act Plan::draw_act(SeededRandom& random) const {
  std::uint64_t point = random.below(std::accumulate(weights.begin(), weights.end(), std::uint64_t{0}));
  std::size_t act = 0;
  while (point >= weights[act]) point -= weights[act++];
  return static_cast<Act>(act);
}

}  // namespace tidegate::simulation
