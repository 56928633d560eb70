#include "gateway/config/properties.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/config/document.hpp"
#include "gateway/config/load.hpp"
#include "gateway/config/nearest.hpp"
#include "gateway/config/values.hpp"

namespace tidegate::config {
namespace {

/// A configuration with one table of each name, all defaults.
Config one_of_each() {
  Config config;
  config.brokers.emplace_back();
  config.upstreams.emplace_back();
  config.streams.emplace_back();
  return config;
}

std::string full_name(const Property& property) {
  return std::string(property.section) + "." + std::string(property.key);
}

TEST(Properties, EveryRowExplainsItselfAndBelongsToASection) {
  for (const Property& property : properties()) {
    EXPECT_GT(property.doc.size(), 20U) << full_name(property);
    EXPECT_NE(find_section(property.section), nullptr) << full_name(property);
    EXPECT_EQ(find_property(property.section, property.key), &property) << full_name(property) << " is there twice";
    EXPECT_LE(property.bounds.min, property.bounds.max) << full_name(property);
  }
}

// A default that could not be written in the file would be shown by `tidegate check` and then refused.
TEST(Properties, EveryDefaultIsAValueThatTheFileMayHold) {
  const Config config = one_of_each();
  for (const Property& property : properties()) {
    if (property.kind == Kind::kNotOffered || property.kind == Kind::kFilters || property.kind == Kind::kNames)
      continue;
    const Value value = property.get(config, 0);
    if (is_unset(property, value)) continue;
    const Document document = read_document("x = " + format_value(property, value), "t");
    ASSERT_EQ(document.faults.size(), 0U) << full_name(property);
    const auto read = read_value(property, document.entries.at(0).literal);
    ASSERT_TRUE(read.ok()) << full_name(property) << ": " << read.error().message;
    EXPECT_EQ(*read, value) << full_name(property);
  }
}

TEST(Properties, SettingWhatWasReadChangesExactlyThatMember) {
  Config config = one_of_each();
  find_property("mqtt", "client_burst")->set(config, 0, std::uint64_t{50});
  find_property("mqtt", "refuse_close_after")->set(config, 0, std::uint64_t{90'000});
  find_property("stream", "when_full")->set(config, 0, std::string("refuse"));
  EXPECT_DOUBLE_EQ(config.mqtt.client_burst, 50);
  EXPECT_EQ(config.mqtt.refuse_close_after, std::chrono::seconds(90));
  EXPECT_EQ(config.streams[0].when_full, WhenFull::kRefuse);
}

TEST(Nearest, CountsChangedDroppedAddedAndSwappedLetters) {
  EXPECT_EQ(nearest("lsiten", {"users", "listen", "size"}), "listen");
  EXPECT_EQ(nearest("user", {"listen", "users"}), "users");
  EXPECT_EQ(nearest("qouta", {"topics", "quota", "to"}), "quota");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace tidegate::config
