#include "persistence/segments/sealing.hpp"

#include "base/crypto/sha256_stream.hpp"
#include "persistence/segments/faults.hpp"
#include "persistence/segments/format/bytes.hpp"
#include "persistence/segments/frame_list.hpp"

namespace carillon::segments {

namespace {

/// The seal begins on a page of its own, so that writing it does not touch a page with events.
constexpr uint64_t page_bytes = 4'096;

failure no_digest() {
  return {ec::internal, "OpenSSL failed at SHA-256", {}};
}

} // namespace

expected<seal> compute_seal(const segment& x, const segment* before) {
  auto out = x.summary();
  sha256_stream hash;
  hash.add(encode(x.header()));
  std::string bytes;
  std::vector<frame_view> frames;
  for (const auto& b : out.blocks) {
    if (auto read = read_block(x, b, bytes); !read)
      return read.error();
    if (!take_apart(bytes, x.header().generation, b.first, frames))
      return damaged_at(b.first);
    hash.add(bytes);
  }
  const auto chained = before == nullptr ? sha256_digest{} : seal_hash(before->summary());
  if (!chained)
    return no_digest();
  out.content = hash.finish();
  out.before = *chained;
  return out;
}

expected<void> write_seal(segment& x, seal end) {
  const auto at = aligned(end.content_bytes, page_bytes);
  const auto bytes = encode(end, at);
  auto& to = x.content();
  int error = write_all(to, at, bytes);
  if (error == 0)
    error = to.sync();
  if (error == 0)
    error = to.resize(at + bytes.size());
  if (error == 0)
    error = to.sync();
  if (error != 0)
    return disk_failure(error);
  x.seal_with(std::move(end));
  return {};
}

} // namespace carillon::segments
