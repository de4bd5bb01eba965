#include "base/merkle/checkpoint.hpp"

#include "base/text/base64.hpp"

#include <charconv>
#include <optional>
#include <system_error>

namespace carillon {

namespace {

failure bad_checkpoint(const char* why) {
  return {ec::invalid_argument, std::string{"not a checkpoint: "} + why, {}};
}

/// Decimal, without zeros at its beginning.
std::optional<uint64_t> tree_size_from(std::string_view x) noexcept {
  uint64_t out = 0;
  const auto read = std::from_chars(x.data(), x.data() + x.size(), out);
  if (read.ec != std::errc{} || read.ptr != x.data() + x.size()
      || (x.size() > 1 && x.front() == '0'))
    return std::nullopt;
  return out;
}

} // namespace

std::string checkpoint::text() const {
  auto out = origin + '\n' + std::to_string(size) + '\n' + to_base64(view_of(root)) + '\n';
  for (const auto& x : extensions)
    out += x + '\n';
  return out;
}

expected<checkpoint> checkpoint::parse(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos)
      return bad_checkpoint("its last line does not end");
    if (end == 0)
      return bad_checkpoint("it has an empty line");
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  if (lines.size() < 3)
    return bad_checkpoint("it has less than three lines");
  const auto size = tree_size_from(lines[1]);
  if (!size)
    return bad_checkpoint("its second line is not the size of a tree");
  const auto root = from_base64(lines[2]);
  const auto hash = root ? tree_hash_from(*root) : std::nullopt;
  if (!hash)
    return bad_checkpoint("its third line is not a hash of 32 bytes in base64");
  checkpoint out{std::string{lines[0]}, *size, *hash, {}};
  out.extensions.assign(lines.begin() + 3, lines.end());
  return out;
}

} // namespace carillon
