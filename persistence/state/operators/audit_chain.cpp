#include "persistence/state/operators/audit_chain.hpp"

#include "base/crypto/digest_input.hpp"

namespace carillon {

std::optional<audit_digest> digest_from_hex(std::string_view hex) noexcept {
  audit_digest x{};
  if (hex.size() != x.size() * 2)
    return std::nullopt;
  for (size_t i = 0; i < hex.size(); ++i) {
    const auto digit = lower_hex.find(hex[i]);
    if (digit == std::string_view::npos)
      return std::nullopt;
    auto& byte = x[i / 2];
    byte = static_cast<unsigned char>(byte << 4 | digit);
  }
  return x;
}

audit_digest audit_hasher::operator()(const audit_digest& previous, uint64_t number,
                                      const audit_entry& x) {
  bytes_.clear();
  append_digest_integer(bytes_, number);
  append_digest_integer(bytes_, static_cast<uint64_t>(to_micros(x.time)));
  for (const auto* text : {&x.action, &x.actor, &x.origin, &x.company_id, &x.subject, &x.detail})
    append_digest_text(bytes_, *text);
  append_digest_integer(bytes_, x.event_seq);
  // Rows written before persons existed keep their digests.
  if (!x.person.empty())
    append_digest_text(bytes_, x.person);
  return sha256_of({view_of(previous), bytes_});
}

} // namespace carillon
