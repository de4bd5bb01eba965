#include "persistence/state/audit_chain.hpp"

#include "base/crypto/digest_input.hpp"

#include <openssl/evp.h>

#include <new>
#include <stdexcept>

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

struct audit_hasher::impl {
  EVP_MD* algorithm = nullptr;
  EVP_MD_CTX* context = nullptr;
  /// Encoding of the current row; kept to reuse its memory.
  std::string bytes;

  impl() : algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context(EVP_MD_CTX_new()) {
  }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;
  ~impl() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(algorithm);
  }
};

audit_hasher::audit_hasher() : impl_(std::make_unique<impl>()) {
  if (impl_->algorithm == nullptr)
    throw std::runtime_error("OpenSSL has no SHA-256");
  if (impl_->context == nullptr)
    throw std::bad_alloc();
}

audit_hasher::~audit_hasher() = default;

audit_digest audit_hasher::operator()(const audit_digest& previous, uint64_t number,
                                      const audit_entry& x) {
  auto& bytes = impl_->bytes;
  bytes.clear();
  append_digest_integer(bytes, number);
  append_digest_integer(bytes, static_cast<uint64_t>(to_micros(x.time)));
  for (const auto* text : {&x.action, &x.actor, &x.origin, &x.company_id, &x.subject, &x.detail})
    append_digest_text(bytes, *text);
  append_digest_integer(bytes, x.event_seq);
  // Rows written before persons existed keep their digests.
  if (!x.person.empty())
    append_digest_text(bytes, x.person);
  audit_digest digest{};
  unsigned size = 0;
  if (EVP_DigestInit_ex2(impl_->context, impl_->algorithm, nullptr) != 1
      || EVP_DigestUpdate(impl_->context, previous.data(), previous.size()) != 1
      || EVP_DigestUpdate(impl_->context, bytes.data(), bytes.size()) != 1
      || EVP_DigestFinal_ex(impl_->context, digest.data(), &size) != 1)
    throw std::runtime_error("OpenSSL failed to hash");
  return digest;
}

} // namespace carillon
