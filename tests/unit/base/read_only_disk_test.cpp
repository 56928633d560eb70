#include "gateway/base/read_only_disk.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/support/memory_disk.hpp"

namespace tidegate {
namespace {

TEST(ReadOnlyDisk, ReadsAndRefusesEverythingElse) {
  test::MemoryDisk below;
  ASSERT_TRUE((*below.open("/d/file", OpenMode::kCreate))->write_at(0, as_bytes("abc")).ok());
  ReadOnlyDisk disk(below);

  const auto file = disk.open("/d/file", OpenMode::kRead);
  ASSERT_TRUE(file.ok());
  std::array<std::byte, 3> bytes{};
  EXPECT_EQ((*file)->read_at(0, bytes).value(), 3U);
  EXPECT_EQ(as_text(bytes), "abc");
  EXPECT_EQ((*file)->size().value(), 3U);
  EXPECT_EQ(disk.list("/d").value(), std::vector<std::string>{"file"});

  const auto refused = [](const auto& result) { return !result.ok() && result.error().kind == ErrorKind::kReadOnly; };
  EXPECT_TRUE(refused((*file)->write_at(0, as_bytes("x"))));
  EXPECT_TRUE(refused((*file)->sync_data()));
  EXPECT_TRUE(refused(disk.open("/d/file", OpenMode::kReadWrite)));
  EXPECT_TRUE(refused(disk.open("/d/new", OpenMode::kCreate)));
  EXPECT_TRUE(refused(disk.rename("/d/file", "/d/other")));
  EXPECT_TRUE(refused(disk.remove("/d/file")));
  EXPECT_TRUE(refused(disk.create_directory("/e")));
  EXPECT_TRUE(refused(disk.sync_directory("/d")));
  EXPECT_EQ(below.flushes(), 0U);
  EXPECT_EQ(below.list("/d").value(), std::vector<std::string>{"file"});
}

}  // namespace
}  // namespace tidegate
