#include "net/auth/token/public_key.hpp"

#include "base/crypto/openssl.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

namespace carillon {

namespace {

constexpr int min_modulus_bits = 2'048;
/// No issuer uses a longer one, which would be costly to verify with.
constexpr int max_modulus_bits = 8'192;
constexpr int max_exponent_bits = 64;
constexpr size_t p256_bytes = 32;
constexpr size_t ed25519_bytes = 32;

using number_ptr = std::unique_ptr<BIGNUM, freed_by<BN_free>>;
using builder_ptr = std::unique_ptr<OSSL_PARAM_BLD, freed_by<OSSL_PARAM_BLD_free>>;
using params_ptr = std::unique_ptr<OSSL_PARAM, freed_by<OSSL_PARAM_free>>;
using ecdsa_ptr = std::unique_ptr<ECDSA_SIG, freed_by<ECDSA_SIG_free>>;

/// Removes OpenSSL's errors about an untrusted signature: TLS on the same thread would mistake them
/// for its own.
class quiet_errors {
public:
  quiet_errors() {
    ERR_set_mark();
  }
  quiet_errors(const quiet_errors&) = delete;
  quiet_errors& operator=(const quiet_errors&) = delete;
  ~quiet_errors() {
    ERR_pop_to_mark();
  }
};

number_ptr number_of(std::string_view big_endian) {
  return number_ptr{BN_bin2bn(bytes_of(big_endian), static_cast<int>(big_endian.size()), nullptr)};
}

public_key_ptr make_key(const char* kind, OSSL_PARAM_BLD* builder) {
  const params_ptr params{OSSL_PARAM_BLD_to_param(builder)};
  const evp_pkey_ctx_ptr context{EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr)};
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1
      || EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return evp_pkey_ptr{key};
}

/// @param digest null = the algorithm of the key has its own
bool verify(const public_key_ptr& key, const EVP_MD* digest, std::string_view text,
            std::string_view signature) {
  const quiet_errors quiet;
  const evp_md_ctx_ptr context{EVP_MD_CTX_new()};
  return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1
         && EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                             text.size())
              == 1;
}

} // namespace

public_key_ptr make_rsa_key(std::string_view modulus, std::string_view exponent) {
  const quiet_errors quiet;
  const auto n = number_of(modulus);
  const auto e = number_of(exponent);
  if (!n || !e || BN_num_bits(n.get()) < min_modulus_bits || BN_num_bits(n.get()) > max_modulus_bits
      || BN_is_odd(n.get()) == 0 || BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) != 0
      || BN_num_bits(e.get()) > max_exponent_bits)
    return nullptr;
  const builder_ptr builder{OSSL_PARAM_BLD_new()};
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1
      || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  return make_key("RSA", builder.get());
}

public_key_ptr make_p256_key(std::string_view x, std::string_view y) {
  const quiet_errors quiet;
  if (x.size() != p256_bytes || y.size() != p256_bytes)
    return nullptr;
  // SEC 1 section 2.3.3: both coordinates, not compressed.
  auto point = std::string{'\x04'}.append(x).append(y);
  const builder_ptr builder{OSSL_PARAM_BLD_new()};
  if (!builder
      || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1
      || OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                          point.size())
           != 1)
    return nullptr;
  auto key = make_key("EC", builder.get());
  if (!key)
    return nullptr;
  // The import of OpenSSL 3.0 refuses points off the curve as well, but does not promise it.
  const evp_pkey_ctx_ptr context{EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
  return context && EVP_PKEY_public_check(context.get()) == 1 ? key : nullptr;
}

public_key_ptr make_ed25519_key(std::string_view bytes) {
  const quiet_errors quiet;
  if (bytes.size() != ed25519_bytes)
    return nullptr;
  return evp_pkey_ptr{
    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size())};
}

bool verify_ed25519(const public_key_ptr& key, std::string_view text, std::string_view signature) {
  return verify(key, nullptr, text, signature);
}

bool verify_sha256(const public_key_ptr& key, std::string_view text, std::string_view signature) {
  return verify(key, EVP_sha256(), text, signature);
}

std::optional<std::string> der_of_p256_signature(std::string_view signature) {
  if (signature.size() != 2 * p256_bytes)
    return std::nullopt;
  auto r = number_of(signature.substr(0, p256_bytes));
  auto s = number_of(signature.substr(p256_bytes));
  const ecdsa_ptr both{ECDSA_SIG_new()};
  if (!r || !s || !both || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1)
    return std::nullopt;
  // They belong to `both` now.
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  const auto size = i2d_ECDSA_SIG(both.get(), nullptr);
  if (size <= 0)
    return std::nullopt;
  std::string out(static_cast<size_t>(size), '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  if (i2d_ECDSA_SIG(both.get(), &to) != size)
    return std::nullopt;
  return out;
}

} // namespace carillon
