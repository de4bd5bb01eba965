#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace carillon {

using public_key_ptr = std::shared_ptr<evp_pkey_st>;

/// An RSA key made from a modulus and an exponent, both big-endian. Null if the modulus is even or
/// not of 2,048 to 8,192 bits, or the exponent even, below 3 or above 64 bits.
public_key_ptr make_rsa_key(std::string_view modulus, std::string_view exponent);

/// A key made from the coordinates of a point on P-256, 32 bytes each. Null if it is not on the
/// curve.
public_key_ptr make_p256_key(std::string_view x, std::string_view y);

/// A key of Ed25519 (RFC 8032), made from its 32 bytes. Null for another length.
public_key_ptr make_ed25519_key(std::string_view bytes);

/// True if this is a signature of the text by a key of `make_ed25519_key`, 64 bytes.
bool verify_ed25519(const public_key_ptr& key, std::string_view text, std::string_view signature);

/// True if this is a signature of the text's SHA-256 by the key, in OpenSSL's form: PKCS #1 v1.5
/// for RSA, DER for an elliptic curve.
bool verify_sha256(const public_key_ptr& key, std::string_view text, std::string_view signature);

/// The DER form of an ECDSA signature that a token carries as r and s of 32 bytes each (RFC 7518
/// section 3.4); empty if it does not have 64 bytes.
std::optional<std::string> der_of_p256_signature(std::string_view signature);

} // namespace carillon
