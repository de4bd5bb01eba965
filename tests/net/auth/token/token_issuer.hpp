#pragma once

#include "base/time.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace carillon::test {

/// The time that tokens are verified at: 1,700,000,000 s.
inline constexpr timestamp token_time{std::chrono::seconds{1'700'000'000}};

/// Without padding.
std::string base64url(std::string_view bytes);

/// Signs tokens with its own key, by OpenSSL's signing functions.
class token_issuer {
public:
  static token_issuer hs256(std::string secret);
  static token_issuer rs256(int bits = 2048);
  /// P-256; signs by ES256.
  static token_issuer es256();
  /// Another curve, for keys that must be rejected.
  static token_issuer on_curve(const char* curve);

  const std::string& alg() const {
    return alg_;
  }

  /// The public half, or the secret itself, with more members: `"kid":"a"`.
  std::string jwk(const std::string& more = {}) const;

  /// The public half of an asymmetric key as text.
  std::string pem() const;

  /// As a token carries it, but not encoded.
  std::string sign(std::string_view text) const;

  /// Any header, signed by this key.
  std::string token_with(std::string_view header, std::string_view claims) const;

  /// A valid header, with more members.
  std::string token(std::string_view claims, const std::string& more = {}) const;

private:
  token_issuer(std::string alg, std::shared_ptr<evp_pkey_st> key)
    : alg_(std::move(alg)), key_(std::move(key)) {
  }

  std::string alg_;
  std::shared_ptr<evp_pkey_st> key_;
  std::string secret_;
};

/// One per algorithm, made once, since making RSA keys is slow.
const token_issuer& hs256_issuer();
const token_issuer& rs256_issuer();
const token_issuer& es256_issuer();

/// `{"keys":[…]}`.
std::string key_set_of(const std::vector<std::string>& jwks);

/// A file that is removed with its owner.
class scratch_file {
public:
  explicit scratch_file(std::string_view text);
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  ~scratch_file();

  void write(std::string_view text) const;
  void remove() const;

  std::string path() const {
    return path_.string();
  }

private:
  std::filesystem::path path_;
};

} // namespace carillon::test
