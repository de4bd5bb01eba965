#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace carillon {

/// How operators sign in at an OpenID provider, see docs/sso.md.
struct sso_options {
  /// As the provider's `iss` has it, `https://…`, or `http://…` on loopback; empty = nobody can.
  std::string issuer = {};
  std::string client_id = {};
  /// Of a confidential client; empty = a public one.
  std::string client_secret = {};
  /// A file with the secret, whose last line end does not count; empty = `client_secret`.
  std::string client_secret_file = {};
  /// Asked for; has `openid`.
  std::string scopes = "openid profile email";
  /// The claim with the roles: a name, or a JSON pointer to a member within others.
  std::string roles_claim = "groups";
  /// `VALUE=ROLE` or `VALUE=ROLE@COMPANY`, the first that fits counts; `*` stands for everybody.
  std::vector<std::string> roles = {};
  /// What `aud` of an access token has to hold; empty = access tokens open nothing.
  std::string audience = {};
  /// Where browsers find the page, `https://ops.example.com`; empty = as they name the port, which
  /// has to be on loopback then.
  std::string page_url = {};
  /// Authorities of the provider's certificate, as PEM; empty = those of the system.
  std::string ca_file = {};
  /// One request to the provider.
  std::chrono::milliseconds timeout{5'000};
  /// From a sign-in to the next one.
  std::chrono::milliseconds session{std::chrono::hours{8}};
  /// Largest difference of the provider's clock.
  std::chrono::milliseconds leeway{60'000};
};

} // namespace carillon
