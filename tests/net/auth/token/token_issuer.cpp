#include "tests/net/auth/token/token_issuer.hpp"

#include "base/crypto/openssl.hpp"
#include "base/text/base64.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <stdexcept>

namespace carillon::test {

namespace {

void expect(bool ok) {
  if (!ok)
    throw std::runtime_error("OpenSSL failed in the test's issuer");
}

std::shared_ptr<EVP_PKEY> own(EVP_PKEY* key) {
  expect(key != nullptr);
  return evp_pkey_ptr{key};
}

/// A number of a key, big-endian, of at least `size` bytes.
std::string number_of(EVP_PKEY* key, const char* name, int size = 0) {
  BIGNUM* x = nullptr;
  expect(EVP_PKEY_get_bn_param(key, name, &x) == 1);
  std::string out(static_cast<size_t>(std::max(size, BN_num_bytes(x))), '\0');
  BN_bn2binpad(x, bytes_of(out), static_cast<int>(out.size()));
  BN_free(x);
  return out;
}

/// r and s, 32 bytes each, of a DER signature.
std::string raw_of(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  auto* both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  expect(both != nullptr);
  std::string out(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(both), bytes_of(out), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(both), bytes_of(out) + 32, 32);
  ECDSA_SIG_free(both);
  return out;
}

std::string member(const char* name, const std::string& value) {
  return std::string{",\""} + name + "\":\"" + value + '"';
}

} // namespace

std::string base64url(std::string_view bytes) {
  auto out = to_base64(bytes);
  while (out.ends_with('='))
    out.pop_back();
  for (auto& c : out)
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

token_issuer token_issuer::hs256(std::string secret) {
  token_issuer out{"HS256", nullptr};
  out.secret_ = std::move(secret);
  return out;
}

token_issuer token_issuer::rs256(int bits) {
  return {"RS256", own(EVP_RSA_gen(static_cast<unsigned>(bits)))};
}

token_issuer token_issuer::es256() {
  return on_curve("P-256");
}

token_issuer token_issuer::on_curve(const char* curve) {
  return {"ES256", own(EVP_EC_gen(curve))};
}

std::string token_issuer::jwk(const std::string& more) const {
  std::string out;
  if (alg_ == "HS256")
    out = R"({"kty":"oct")" + member("k", base64url(secret_));
  else if (alg_ == "RS256")
    out = R"({"kty":"RSA")" + member("n", base64url(number_of(key_.get(), "n")))
          + member("e", base64url(number_of(key_.get(), "e")));
  else
    out = R"({"kty":"EC","crv":"P-256")" + member("x", base64url(number_of(key_.get(), "qx", 32)))
          + member("y", base64url(number_of(key_.get(), "qy", 32)));
  return out + (more.empty() ? "" : "," + more) + '}';
}

std::string token_issuer::pem() const {
  auto* to = BIO_new(BIO_s_mem());
  expect(to != nullptr && PEM_write_bio_PUBKEY(to, key_.get()) == 1);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(to, &data);
  std::string out(data, static_cast<size_t>(size));
  BIO_free(to);
  return out;
}

std::string token_issuer::sign(std::string_view text) const {
  const auto* bytes = bytes_of(text);
  if (!key_) {
    std::string out(32, '\0');
    expect(HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes, text.size(),
                bytes_of(out), nullptr)
           != nullptr);
    return out;
  }
  const evp_md_ctx_ptr context{EVP_MD_CTX_new()};
  size_t size = 0;
  expect(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1
         && EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1);
  std::string out(size, '\0');
  expect(EVP_DigestSign(context.get(), bytes_of(out), &size, bytes, text.size()) == 1);
  out.resize(size);
  return alg_ == "ES256" ? raw_of(out) : out;
}

std::string token_issuer::token_with(std::string_view header, std::string_view claims) const {
  auto text = base64url(header) + '.' + base64url(claims);
  return text + '.' + base64url(sign(text));
}

std::string token_issuer::token(std::string_view claims, const std::string& more) const {
  return token_with(R"({"alg":")" + alg_ + '"' + (more.empty() ? "" : "," + more) + '}', claims);
}

const token_issuer& hs256_issuer() {
  static const auto out = token_issuer::hs256("a secret of the tests: 32 bytes or more");
  return out;
}

const token_issuer& rs256_issuer() {
  static const auto out = token_issuer::rs256();
  return out;
}

const token_issuer& es256_issuer() {
  static const auto out = token_issuer::es256();
  return out;
}

std::string key_set_of(const std::vector<std::string>& jwks) {
  std::string out = R"({"keys":[)";
  for (const auto& x : jwks)
    out += (out.ends_with('[') ? "" : ",") + x;
  return out + "]}";
}

scratch_file::scratch_file(std::string_view text) {
  static std::atomic<int> number{0};
  path_ = std::filesystem::temp_directory_path()
          / ("carillon_jwks_" + std::to_string(::getpid()) + '_' + std::to_string(number++));
  write(text);
}

scratch_file::~scratch_file() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void scratch_file::write(std::string_view text) const {
  std::ofstream{path_, std::ios::binary | std::ios::trunc} << text;
}

void scratch_file::remove() const {
  std::filesystem::remove(path_);
}

} // namespace carillon::test
