#include "persistence/segments/opening.hpp"

#include "persistence/segments/faults.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

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

struct opened_file {
  std::string name;
  segment_header header;
  std::unique_ptr<file> content;
  uint64_t bytes = 0;
};

/// Opens a file and reads its header.
expected<opened_file> open_file(file_layer& files, position first, file_layer::mode how,
                                damage& found) {
  opened_file out{.name = segment_name(first)};
  const auto path = files.path_of(out.name);
  if (const int error = files.open(out.name, how, out.content); error != 0)
    return disk_failure(error, path);
  const auto size = out.content->size();
  std::string page(segment_header::bytes, '\0');
  const auto n = size < 0 ? size : read_all(*out.content, 0, page);
  if (n < 0)
    return disk_failure(static_cast<int>(-n), path);
  page.resize(static_cast<size_t>(n));
  out.bytes = static_cast<uint64_t>(size);
  auto header = decode_header(page);
  if (!header && header.error().code == ec::store_too_new)
    return failure{ec::store_too_new, path + ": " + header.error().detail, {}};
  if (!header)
    return say(found, out.name, 0, first, header.error().detail);
  if (header->first != first)
    return say(found, out.name, 0, first, "it belongs to another position");
  out.header = std::move(*header);
  return out;
}

segment_ptr make_segment(opened_file x) {
  return std::make_shared<segment>(std::move(x.header), std::move(x.name), std::move(x.content));
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
  auto opened = open_file(files, first, how, found);
  if (!opened)
    return opened.error();
  auto& x = *opened;
  auto end = read_seal(*x.content, x.bytes, files.path_of(x.name));
  if (!end)
    return end.error();
  if (!*end && x.bytes != x.header.file_bytes)
    return say(found, x.name, x.bytes, first, "it is cut, or its seal is damaged");
  if (!*end)
    return make_segment(std::move(x));
  if ((*end)->first != first || (!(*end)->is_compressed && (*end)->content_bytes > x.bytes))
    return say(found, x.name, x.bytes, first, "its seal is of another segment");
  return std::make_shared<segment>(std::move(x.header), std::move(x.name), std::move(x.content),
                                   std::move(**end));
}

expected<segment_ptr> open_plain(file_layer& files, position first, damage& found) {
  auto opened = open_file(files, first, file_layer::mode::read, found);
  return opened ? make_segment(std::move(*opened)) : expected<segment_ptr>{opened.error()};
}

std::string make_history(file_layer& files) {
  std::array<char, 17> out{};
  std::snprintf(out.data(), out.size(), "%016llx", static_cast<unsigned long long>(files.random()));
  return out.data();
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
