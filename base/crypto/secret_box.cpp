#include "base/crypto/secret_box.hpp"

#include "base/crypto/openssl.hpp"
#include "base/crypto/sha256.hpp"
#include "base/file/key_file.hpp"
#include "base/text/hex.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <limits>

namespace carillon {

namespace {

constexpr char version = 1;
constexpr size_t nonce_bytes = 12;
constexpr size_t tag_bytes = 16;
constexpr size_t overhead_bytes = 1 + nonce_bytes + tag_bytes;

unsigned char* bytes_at(std::string& x, size_t at) {
  return reinterpret_cast<unsigned char*>(x.data()) + at;
}

failure openssl_failed(const char* at) {
  return {ec::internal, std::string{"OpenSSL failed at "} + at, {}};
}

constexpr const char* cipher_name = "AES-256-GCM";
constexpr const char* mac_name = "HMAC-SHA-256";

/// Feeds one part to the cipher; `out` is null for data that is only authenticated. False also for
/// a text that is too long for it.
bool update(EVP_CIPHER_CTX* cipher, unsigned char* out, std::string_view in) {
  int size = 0;
  return in.size() <= std::numeric_limits<int>::max()
         && EVP_CipherUpdate(cipher, out, &size, bytes_of(in), static_cast<int>(in.size())) == 1;
}

/// A cipher with its key, its nonce, and data that is authenticated but not encrypted. Null if it
/// fails.
evp_cipher_ctx_ptr begin(bool encrypt, const unsigned char* key, std::string_view nonce,
                         std::string_view context) {
  evp_cipher_ctx_ptr cipher{EVP_CIPHER_CTX_new()};
  if (!cipher
      || EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key, bytes_of(nonce),
                           encrypt ? 1 : 0)
           != 1
      || !update(cipher.get(), nullptr, {&version, 1})
      || (!context.empty() && !update(cipher.get(), nullptr, context)))
    return nullptr;
  return cipher;
}

failure damaged(std::string detail) {
  return {ec::store_corrupt, std::move(detail), {}};
}

} // namespace

expected<secret_box> secret_box::open(const std::string& key_file) {
  auto key = read_or_make_key_file(key_file, key_bytes);
  if (!key)
    return key.error();
  secret_box box{*key};
  OPENSSL_cleanse(key->data(), key->size());
  return box;
}

secret_box::secret_box(std::string_view key) {
  std::copy_n(bytes_of(key), key_.size(), key_.begin());
}

secret_box::~secret_box() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

expected<std::string> secret_box::fingerprint() const {
  constexpr size_t shown_bytes = 16;
  const auto mac = try_hmac_sha256(view_of(key_), "carillon node key");
  if (!mac)
    return openssl_failed(mac_name);
  return to_hex(std::span{*mac}.first<shown_bytes>());
}

expected<std::string> secret_box::seal(std::string_view plain, std::string_view context) const {
  std::string out(plain.size() + overhead_bytes, version);
  if (RAND_bytes(bytes_at(out, 1), nonce_bytes) != 1)
    return openssl_failed("making random numbers");
  const auto cipher
    = begin(true, key_.data(), std::string_view{out}.substr(1, nonce_bytes), context);
  const auto tag_at = out.size() - tag_bytes;
  int size = 0;
  if (!cipher || (!plain.empty() && !update(cipher.get(), bytes_at(out, 1 + nonce_bytes), plain))
      || EVP_CipherFinal_ex(cipher.get(), bytes_at(out, tag_at), &size) != 1
      || EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes, bytes_at(out, tag_at))
           != 1)
    return openssl_failed(cipher_name);
  return out;
}

expected<std::string> secret_box::open(std::string_view sealed, std::string_view context) const {
  if (sealed.size() < overhead_bytes)
    return damaged("a sealed secret is damaged: it is too short");
  if (sealed.front() != version)
    return damaged("a sealed secret is damaged, or was sealed by a newer version");
  const auto body = sealed.substr(1 + nonce_bytes, sealed.size() - overhead_bytes);
  std::string tag{sealed.substr(sealed.size() - tag_bytes)};
  const auto cipher = begin(false, key_.data(), sealed.substr(1, nonce_bytes), context);
  if (!cipher)
    return openssl_failed(cipher_name);
  std::string out(body.size(), '\0');
  unsigned char none = 0;
  int size = 0;
  if ((!body.empty() && !update(cipher.get(), bytes_at(out, 0), body))
      || EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, tag_bytes, bytes_at(tag, 0)) != 1
      || EVP_CipherFinal_ex(cipher.get(), &none, &size) != 1)
    return damaged(
      "a sealed secret cannot be opened: the node key is not the one that it was "
      "sealed with, or it is damaged; restore the key file that belongs to this store");
  return out;
}

expected<std::string> secret_box::derived_key(std::string_view purpose) const {
  const auto mac = try_hmac_sha256(view_of(key_), purpose);
  if (!mac)
    return openssl_failed(mac_name);
  return std::string{view_of(*mac)};
}

} // namespace carillon
