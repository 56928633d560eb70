#include "gateway/store/commit_queue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tidegate::store {
namespace {

constexpr StreamIndex kFirst{0};
constexpr StreamIndex kSecond{1};

Entry entry(StreamIndex stream, std::string_view payload) {
  Message message;
  message.topic = "t";
  message.client = "c";
  message.payload = as_bytes(payload);
  return {stream, message};
}

std::uint32_t count(const CommitQueue::Part& part, StreamIndex stream) { return part.runs[stream.value].count(); }

TEST(CommitQueue, AGroupIsOfOneFrameWhateverCameBefore) {
  const std::string large(CommitQueue::kPartBytes / 3, 'x');
  for (std::size_t filled = 0; filled <= 3; ++filled) {
    CommitQueue queue({}, std::vector<Offset>(2));
    for (std::size_t i = 0; i < filled; ++i) {
      const Entry before = entry(kFirst, large);
      queue.append(std::span(&before, 1), {});
    }
    const Entry group[] = {entry(kFirst, large), entry(kSecond, large)};
    const Ticket ticket = queue.append(group, {});
    std::optional<CommitQueue::Part> part;
    do {
      part = queue.take();
      ASSERT_TRUE(part) << "no part promises the ticket";
      EXPECT_EQ(count(*part, kSecond) == 1, part->last == ticket) << "after " << filled;
    } while (part->last != ticket);
    EXPECT_GE(count(*part, kFirst), 1U) << "after " << filled;
    EXPECT_FALSE(queue.take());
  }
}

TEST(CommitQueue, AGroupHasConsecutiveOffsetsInEachStream) {
  CommitQueue queue({}, {Offset{10}, Offset{20}});
  const Entry group[] = {entry(kFirst, "a"), entry(kSecond, "b"), entry(kFirst, "c")};
  queue.append(group, {});
  const auto part = queue.take();
  ASSERT_TRUE(part);
  EXPECT_EQ(part->firsts[0], Offset{10});
  EXPECT_EQ(count(*part, kFirst), 2U);
  EXPECT_EQ(part->firsts[1], Offset{20});
  queue.done(*part);
  EXPECT_EQ(queue.waiting_bytes(), 0U);
}

}  // namespace
}  // namespace tidegate::store
