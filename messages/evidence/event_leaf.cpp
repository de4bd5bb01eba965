#include "messages/evidence/event_leaf.hpp"

#include "base/crypto/digest_input.hpp"
#include "base/text/hex.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr std::string_view leaf_prefix{"\x00", 1};

std::string_view bytes_of(const member_salt& x) noexcept {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

} // namespace

tree_hash salted_hash(const member_salt& salt, std::string_view text) noexcept {
  return sha256_stream{}.add(bytes_of(salt)).add(text).finish();
}

event_salts leaf_hasher::salts_of(position seq) const noexcept {
  std::array<char, 8> number{};
  for (size_t i = 0; i < number.size(); ++i)
    number[i] = static_cast<char>(seq >> (8 * (number.size() - 1 - i)) & 0xff);
  const auto digest = key_.of({number.data(), number.size()});
  event_salts out;
  static_assert(sizeof(digest) == sizeof(out.data) + sizeof(out.metadata));
  std::copy_n(digest.begin(), out.data.size(), out.data.begin());
  std::copy_n(digest.begin() + out.data.size(), out.metadata.size(), out.metadata.begin());
  return out;
}

tree_hash leaf_hasher::operator()(const event& x) {
  const auto salts = salts_of(x.seq);
  return (*this)(x, salted_hash(salts.metadata, x.metadata), salted_hash(salts.data, x.data));
}

tree_hash leaf_hasher::operator()(const event& x, const tree_hash& metadata,
                                  const tree_hash& data) {
  bytes_.assign(leaf_prefix);
  append_digest_integer(bytes_, version);
  append_digest_integer(bytes_, x.seq);
  append_digest_integer(bytes_, static_cast<uint64_t>(to_micros(x.time)));
  append_digest_integer(bytes_, static_cast<uint64_t>(to_micros(x.recorded_at)));
  append_digest_integer(bytes_, static_cast<uint64_t>(x.audience));
  append_digest_integer(bytes_, x.hops);
  for (const auto* text : {&x.id, &x.source, &x.type, &x.company_id, &x.user_id, &x.correlation_id,
                           &x.causation_id, &x.traceparent})
    append_digest_text(bytes_, *text);
  bytes_ += view_of(metadata);
  bytes_ += view_of(data);
  return sha256_stream{}.add(bytes_).finish();
}

std::string salt_fingerprint(std::string_view salt_key) {
  const auto digest = sha256_stream{}.add("carillon evidence salt").add(salt_key).finish();
  return to_hex(digest).substr(0, 32);
}

} // namespace carillon
