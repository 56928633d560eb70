#include "gateway/base/manual_page.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "gateway/base/version.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kWidth = 120;

/// Breaks at spaces, never inside code; each line but the first begins with `indent`.
std::string wrap(std::string_view text, std::string_view indent) {
  std::string out;
  std::string word;
  std::size_t column = 0;
  const auto put_word = [&] {
    if (word.empty()) return;
    if (column > 0 && column + 1 + word.size() > kWidth) {
      out += "\n" + std::string(indent);
      column = indent.size();
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    word.clear();
  };
  bool code = false;
  for (const char c : text) {
    if (c == '`') code = !code;
    if (c == ' ' && !code) {
      put_word();
    } else {
      word += c;
    }
  }
  put_word();
  return out + "\n";
}

/// '*' and '<' mean something in Markdown, except in code.
std::string markdown_text(std::string_view text) {
  std::string out;
  bool code = false;
  for (const char c : text) {
    if (c == '`') code = !code;
    if (!code && (c == '*' || c == '<')) out += '\\';
    out += c;
  }
  return out;
}

std::string markdown(const Block& block) {
  switch (block.kind) {
    case Block::Kind::kHeading: return "\n## " + block.text + "\n\n";
    case Block::Kind::kSubheading: return "\n### " + block.text + "\n\n";
    case Block::Kind::kText: return wrap(markdown_text(block.text), "") + "\n";
    case Block::Kind::kItem: {
      const std::string note = block.note.empty() ? "" : " (" + markdown_text(block.note) + ")";
      return wrap("- **`" + block.term + "`**" + note + ": " + markdown_text(block.text), "  ");
    }
    case Block::Kind::kCode: break;
  }
  std::istringstream lines(block.text);
  std::string out;
  for (std::string line; std::getline(lines, line);) out += (line.empty() ? "" : "    ") + line + "\n";
  return out + "\n";
}

/// Text of a man page: code in bold, with hyphens that can be copied.
std::string man_text(std::string_view text, bool code = false) {
  std::string out;
  for (const char c : text) {
    if (c == '`') {
      code = !code;
      out += code ? "\\fB" : "\\fR";
    } else if (c == '\\') {
      out += "\\e";
    } else if (c == '-' && code) {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

/// A line that begins with a full stop or an apostrophe would be taken for a request.
std::string man_line(std::string line) {
  if (line.starts_with('.') || line.starts_with('\'')) line.insert(0, "\\&");
  return line + "\n";
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::string man(const Block& block) {
  switch (block.kind) {
    case Block::Kind::kHeading: return ".SH " + upper(man_text(block.text)) + "\n";
    case Block::Kind::kSubheading: return ".SS " + man_text(block.text) + "\n";
    case Block::Kind::kText: return ".PP\n" + man_line(man_text(block.text));
    case Block::Kind::kItem: {
      const std::string note = block.note.empty() ? "" : " (" + man_text(block.note) + ")";
      return ".TP\n" + man_line("\\fB" + man_text(block.term, true) + "\\fR" + note) + man_line(man_text(block.text));
    }
    case Block::Kind::kCode: break;
  }
  std::istringstream lines(block.text);
  std::string out = ".PP\n.RS 4\n.nf\n";
  for (std::string line; std::getline(lines, line);) out += man_line(man_text(line, true));
  return out + ".fi\n.RE\n";
}

}  // namespace

// A blank line ends a list, and never two follow each other.
std::string to_markdown(const ManualPage& page) {
  std::string out = "# " + std::string(page.name) + ": " + std::string(page.summary) + "\n\n";
  for (const Block& block : page.blocks) {
    std::string piece = markdown(block);
    if (block.kind != Block::Kind::kItem && !out.ends_with("\n\n")) out += "\n";
    if (piece.starts_with('\n') && out.ends_with("\n\n")) piece.erase(0, 1);
    out += piece;
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

std::string to_man(const ManualPage& page) {
  const std::string name(page.name);
  std::string out = ".TH \"" + upper(name) + "\" \"" + std::string(page.section) + "\" \"\" \"tidegate " +
                    std::string(kVersion) + "\" \"Tidegate\"\n.nh\n.ad l\n.SH NAME\n" + man_text(name, true) + " \\- " +
                    man_text(page.summary) + "\n";
  bool after_heading = true;
  for (const Block& block : page.blocks) {
    std::string piece = man(block);
    if (after_heading && piece.starts_with(".PP\n")) piece.erase(0, 4);  // a heading begins a paragraph itself
    out += piece;
    after_heading = block.kind == Block::Kind::kHeading || block.kind == Block::Kind::kSubheading;
  }
  return out;
}

}  // namespace tidegate
