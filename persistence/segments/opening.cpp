#include "persistence/segments/opening.hpp"

#include "persistence/segments/faults.hpp"

#include <algorithm>

namespace carillon::segments {

namespace {

failure say(damage& found, const std::string& name, uint64_t offset, position from,
            std::string what) {
  found = {name, offset, from, 0, std::move(what)};
  return {ec::store_corrupt, sentence_of(found), {}};
}

/// The seal at the end of a file; empty if there is none.
expected<std::optional<seal>> read_seal(file& x, uint64_t size, const std::string& path) {
  using none = std::optional<seal>;
  if (size < segment_header::bytes + seal::trailer_bytes)
    return none{};
  std::string bytes(seal::trailer_bytes, '\0');
  auto n = read_all(x, size - bytes.size(), bytes);
  if (n < 0)
    return disk_failure(static_cast<int>(-n), path);
  const auto all = seal_bytes(bytes);
  if (!all || *all > size)
    return none{};
  bytes.resize(*all);
  n = read_all(x, size - *all, bytes);
  if (n < 0)
    return disk_failure(static_cast<int>(-n), path);
  return decode_seal(bytes);
}

} // namespace

expected<std::vector<position>> segments_in(file_layer& files) {
  std::vector<std::string> names;
  if (const int error = files.list(names); error != 0)
    return disk_failure(error, files.path_of(""));
  std::vector<position> out;
  for (const auto& name : names)
    if (const auto first = segment_first(name))
      out.push_back(*first);
  std::sort(out.begin(), out.end());
  return out;
}

expected<segment_ptr> open_segment(file_layer& files, position first, file_layer::mode how,
                                   damage& found) {
  const auto name = segment_name(first);
  const auto path = files.path_of(name);
  std::unique_ptr<file> content;
  if (const int error = files.open(name, how, content); error != 0)
    return disk_failure(error, path);
  const auto size = content->size();
  std::string page(segment_header::bytes, '\0');
  const auto n = size < 0 ? size : read_all(*content, 0, page);
  if (n < 0)
    return disk_failure(static_cast<int>(-n), path);
  page.resize(static_cast<size_t>(n));
  auto header = decode_header(page);
  if (!header && header.error().code == ec::store_too_new)
    return failure{ec::store_too_new, path + ": " + header.error().detail, {}};
  if (!header)
    return say(found, name, 0, first, header.error().detail);
  if (header->first != first)
    return say(found, name, 0, first, "it belongs to another position");
  const auto bytes = static_cast<uint64_t>(size);
  auto end = read_seal(*content, bytes, path);
  if (!end)
    return end.error();
  if (!*end && bytes < header->file_bytes)
    return say(found, name, bytes, first, "it is cut, or its seal is damaged");
  if (!*end)
    return std::make_shared<segment>(std::move(*header), name, std::move(content));
  if ((*end)->first != first || (*end)->content_bytes > bytes)
    return say(found, name, bytes, first, "its seal is of another segment");
  if ((*end)->is_compressed)
    return failure{ec::store_too_new, path + ": it is compressed", {}};
  return std::make_shared<segment>(std::move(*header), name, std::move(content), std::move(**end));
}

expected<void> check_neighbours(const segment& x, const segment* before, position next,
                                damage& found) {
  const auto end = x.summary();
  if (next != 0 && end.last + 1 != next) {
    say(found, x.name(), end.content_bytes, std::min(end.last + 1, next),
        "the next segment does not begin where this one ends");
    found.next = next;
    return failure{ec::store_corrupt, sentence_of(found), {}};
  }
  if (before == nullptr || !before->is_sealed())
    return {};
  const auto chained = seal_hash(before->summary());
  if (!chained)
    return failure{ec::internal, "OpenSSL failed at SHA-256", {}};
  if (*chained != end.before)
    return say(found, x.name(), end.content_bytes, end.first,
               "its seal does not continue that of the segment before");
  return {};
}

} // namespace carillon::segments
