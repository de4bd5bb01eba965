#include "base/crypto/sha256_stream.hpp"

#include "base/crypto/openssl.hpp"

namespace carillon {

struct sha256_stream::state {
  evp_md_ctx_ptr context{EVP_MD_CTX_new()};
  bool is_good = context && EVP_DigestInit_ex2(context.get(), EVP_sha256(), nullptr) == 1;
};

sha256_stream::sha256_stream() : state_(std::make_unique<state>()) {
}

sha256_stream::~sha256_stream() = default;

void sha256_stream::add(std::string_view bytes) noexcept {
  state_->is_good
    = state_->is_good && EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1;
}

std::optional<sha256_digest> sha256_stream::digest() noexcept {
  sha256_digest out{};
  unsigned size = 0;
  if (!state_->is_good || EVP_DigestFinal_ex(state_->context.get(), out.data(), &size) != 1
      || size != out.size())
    return std::nullopt;
  return out;
}

} // namespace carillon
