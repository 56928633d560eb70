#include "gateway/base/text_file.hpp"

namespace tidegate {

Result<std::string> read_text_file(Disk& disk, const std::string& path, std::size_t max_bytes) {
  auto file = disk.open(path, OpenMode::kRead);
  if (!file) return file.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  if (*size > max_bytes) {
    return Error{ErrorKind::kTooLarge, path + " is larger than " + std::to_string(max_bytes) + " bytes"};
  }
  std::string text(static_cast<std::size_t>(*size), '\0');
  const auto got = (*file)->read_at(0, std::as_writable_bytes(std::span(text.data(), text.size())));
  if (!got) return got.error();
  text.resize(*got);
  return text;
}

}  // namespace tidegate
