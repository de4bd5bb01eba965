#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace carillon {

// For sources that call OpenSSL, not for headers: what it allocates, owned.

/// Frees with a function of OpenSSL: `std::unique_ptr<BIO, freed_by<BIO_free_all>>`.
template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* x) const noexcept {
    Free(x);
  }
};

using evp_cipher_ctx_ptr = std::unique_ptr<EVP_CIPHER_CTX, freed_by<EVP_CIPHER_CTX_free>>;
using evp_md_ptr = std::unique_ptr<EVP_MD, freed_by<EVP_MD_free>>;
using evp_md_ctx_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using evp_pkey_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using evp_pkey_ctx_ptr = std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>>;

inline const unsigned char* bytes_of(std::string_view x) noexcept {
  return reinterpret_cast<const unsigned char*>(x.data());
}

inline unsigned char* bytes_of(std::string& x) noexcept {
  return reinterpret_cast<unsigned char*>(x.data());
}

} // namespace carillon
