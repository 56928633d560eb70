// The worked example of FORMAT.md, decoded: the document and the code say the same.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "gateway/store/format.hpp"
#include "gateway/store/manifest.hpp"

namespace tidegate::store {
namespace {

/// The bytes of the document's block of hexadecimal numbers; what follows a semicolon is comment.
Buffer example() {
  std::ifstream document(STORE_FORMAT_DOCUMENT);
  std::string digits;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("```")) {
      inside = line == "```hex";
      continue;
    }
    if (!inside) continue;
    std::istringstream words(line.substr(0, line.find(';')));
    for (std::string word; words >> word;) digits += word;
  }
  return from_hex(digits).value_or(Buffer{});
}

TEST(FormatDocument, ItsExampleIsAFrameThatSaysWhatTheDocumentSays) {
  const Buffer bytes = example();
  const auto frame = decode_frame(bytes, {.salt = 0x0123456789abcdef, .file_position = 3'153'920});
  ASSERT_TRUE(frame) << "of " << bytes.size() << " bytes";
  EXPECT_EQ(frame->bytes, bytes.size());
  EXPECT_EQ(frame->commit, 42U);

  ASSERT_EQ(frame->records.size(), 1U);
  EXPECT_EQ(frame->records[0].stream, StreamId{1});
  EXPECT_EQ(frame->records[0].first, Offset{7});
  EXPECT_EQ(to_string(frame->records[0].incarnation), "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf");
  RecordReader reader(frame->records[0].run);
  std::int64_t seconds = 1;
  for (const char* payload : {"21.5", "21.6"}) {
    Message message;
    ASSERT_TRUE(reader.next(message));
    EXPECT_EQ(message.topic, "t/1");
    EXPECT_EQ(message.client, "dev");
    EXPECT_EQ(as_text(message.payload), payload);
    EXPECT_EQ(message.received.monotonic, std::chrono::seconds(seconds));
    EXPECT_EQ(message.received.wall, std::chrono::seconds(1'700'000'000 + seconds));
    EXPECT_EQ(message.received.quality, TimeQuality::kSynchronised);
    EXPECT_EQ(message.qos, 1);
    ++seconds;
  }

  ASSERT_EQ(frame->cursors.size(), 1U);
  EXPECT_EQ(frame->cursors[0].upstream, "cloud");
  EXPECT_EQ(frame->cursors[0].position, Offset{5});
  EXPECT_EQ(frame->cursors[0].end, kOpenEnd);
  ASSERT_EQ(frame->skips.size(), 1U);
  EXPECT_EQ(frame->skips[0].reason, SkipReason::kEvicted);
  EXPECT_EQ(frame->skips[0].from, Offset{3});
  EXPECT_EQ(frame->skips[0].to, Offset{4});
}

TEST(FormatDocument, ItsPlacesAreTheCodes) {
  EXPECT_EQ(kFirstSlotAt, 3U << 20);
  EXPECT_EQ(kManifestAreaBytes, 1U << 20);
  EXPECT_EQ(kFrameHeaderBytes, 64U);
  EXPECT_EQ(kManifestHeaderBytes, 64U);
  EXPECT_EQ(kMaxFrameBytes, 1U << 20);
  EXPECT_EQ(kMaxSlots, 1024U);
}

}  // namespace
}  // namespace tidegate::store
