#include "gateway/config/manual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "gateway/config/load.hpp"
#include "gateway/config/properties.hpp"

namespace tidegate::config {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Manual, TheDocumentIsWhatTheTableMakes) {
  std::ifstream file(CONFIG_MANUAL);
  std::stringstream document;
  document << file.rdbuf();
  // Compared as a whole and shown in brief: the text is long.
  EXPECT_TRUE(document.str() == to_markdown(manual()))
      << "MANUAL.md is not what the table of properties makes; make it anew from the root of the repository:\n"
         "  cmake --build --preset dev --target tidegate && build/dev/bin/tidegate manual >gateway/config/MANUAL.md";
}

TEST(Manual, ItsExampleIsAConfigurationWithoutFaults) {
  const Loaded loaded = parse(example(), "example");
  EXPECT_TRUE(loaded.faults.empty()) << to_string(loaded.faults.front());
  EXPECT_EQ(loaded.config.streams.size(), 2U);
}

TEST(Manual, EveryPropertyIsUnderItsTableInBothForms) {
  const std::string markdown = to_markdown(manual());
  const std::string man = to_man(manual());
  for (const Property& property : properties()) {
    const std::string table = "[" + std::string(property.section);
    const std::size_t heading = markdown.find("### " + table);
    ASSERT_NE(heading, std::string::npos) << property.section;
    const std::string part = markdown.substr(heading, markdown.find("\n##", heading) - heading);
    EXPECT_THAT(part, HasSubstr("- **`" + std::string(property.key) + "`**")) << table;
    EXPECT_THAT(man, HasSubstr("\n.TP\n\\fB" + std::string(property.key) + "\\fR ("));
  }
}

TEST(Manual, AnItemTellsKindBoundsAndDefault) {
  std::string text = to_markdown(manual());
  for (char& c : text) c = c == '\n' ? ' ' : c;
  EXPECT_THAT(text, HasSubstr("**`cache`** (size, 64 KiB to 4 GiB; default `\"8 MiB\"`)"));
  EXPECT_THAT(text, HasSubstr("**`users`** (path; default: anyone may connect)"));
  EXPECT_THAT(text, HasSubstr("**`topics`** (topic filters, 1 to 1000 elements; must be there)"));
  EXPECT_THAT(text, HasSubstr("default `\"127.0.0.1:1883\"`, and `\"\"` means: no MQTT listener"));
  EXPECT_THAT(text, HasSubstr("**`budget`** (not offered yet): Budgets are not"));
}

TEST(ManualPage, CodeIsNeitherBrokenNorEscapedAndNoLineIsARequest) {
  const ManualPage page{.name = "p",
                        .section = "1",
                        .summary = "s",
                        .blocks = {{Block::Kind::kText, ".x * < `a * --b` \\"}, {Block::Kind::kCode, "'a\n\n.b -c\n"}}};
  const std::string markdown = to_markdown(page);
  EXPECT_EQ(markdown, "# p: s\n\n.x \\* \\< `a * --b` \\\n\n    'a\n\n    .b -c\n");
  const std::string man = to_man(page);
  EXPECT_THAT(man, HasSubstr("\\&.x * < \\fBa * \\-\\-b\\fR \\e\n"));
  EXPECT_THAT(man, HasSubstr("\\&'a\n\n\\&.b \\-c\n"));
}

TEST(ManualPage, MarkdownIsWrappedAtSpacesOutsideCode) {
  const std::string long_code = "`" + std::string(70, 'c') + " " + std::string(70, 'd') + "`";
  const ManualPage page{
      .name = "p",
      .section = "1",
      .summary = "s",
      .blocks = {{Block::Kind::kItem, std::string(100, 'a') + " " + std::string(30, 'b') + " " + long_code, "t"}}};
  EXPECT_THAT(to_markdown(page), HasSubstr("a\n  " + std::string(30, 'b') + "\n  " + long_code + "\n"));
  EXPECT_THAT(to_markdown(page), Not(HasSubstr(" \n")));
}

}  // namespace
}  // namespace tidegate::config
