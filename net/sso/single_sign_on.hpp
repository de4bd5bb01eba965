#pragma once

#include "net/auth/bearer_judge.hpp"
#include "net/sso/flow.hpp"
#include "net/sso/identity.hpp"
#include "net/sso/provider.hpp"
#include "net/sso/session_table.hpp"
#include "net/sso/sso_options.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Operators' sign-in at an OpenID provider: OpenID Connect with the authorization code and PKCE
/// for pages, which get a session, and the provider's access tokens for programs. Thread-safe.
class single_sign_on final : public bearer_judge {
public:
  using clock = std::chrono::steady_clock;

  /// Checks the options, and starts the thread that reads the provider. The provider may be away.
  /// Errors: `invalid_argument` with the option as the field.
  /// @param tell gets lines for the operator about the provider; may be empty
  /// @param send how requests are sent; empty = by libcurl
  static expected<std::shared_ptr<single_sign_on>> make(sso_options options, sso::teller tell = {},
                                                        sso::fetcher send = {},
                                                        sso::provider_pace pace = {});

  ~single_sign_on() override;

  const sso_options& options() const noexcept {
    return options_;
  }

  /// Where a browser goes to sign in, and what it keeps in a cookie until it is back.
  struct departure {
    std::string location;
    std::string cookie;
  };

  /// Blocks until the provider was read, at most until the deadline. Errors: `overloaded` while it
  /// can't be reached.
  /// @param redirect where the provider sends the browser back to
  expected<departure> begin(const std::string& redirect, clock::time_point deadline);

  /// What a browser brings back.
  struct arrival {
    std::string code;
    std::string state;
    /// `iss` (RFC 9207); empty = it has none.
    std::string issuer;
    std::string cookie;
    /// As it was given to `begin`.
    std::string redirect;
  };

  struct signed_in {
    /// For the cookie.
    std::string session;
    principal who;
  };

  /// Ends a sign-in: turns the code into tokens at the provider, and begins a session. Blocks, at
  /// most until the deadline. Errors: `unauthenticated`, `forbidden` (without a role here),
  /// `overloaded` (the provider can't be reached, or too many are signed in).
  expected<signed_in> finish(const arrival& x, clock::time_point deadline);

  /// Whose session it is; empty if there is none.
  std::optional<principal> session_of(std::string_view token) const {
    return sessions_.find(token, clock::now());
  }

  /// Ends a session, and returns whose it was.
  std::optional<principal> sign_out(std::string_view token) {
    return sessions_.end(token);
  }

  /// Where a browser signs out of the provider as well; empty if that is not known.
  std::string sign_out_address() const;

  /// See `bearer_judge`: access tokens (RFC 9068, or alike) for `--oidc-audience`.
  expected<principal> judge(std::string_view token, timestamp now) const override;

  /// Ends what waits for the provider, so that the node can stop in time.
  void stop() {
    provider_->stop();
  }

  /// Reads the provider again soon.
  void refresh() {
    provider_->ask();
  }

private:
  single_sign_on(sso_options options, sso::role_map roles, std::unique_ptr<sso::flow_book> flows);

  std::shared_ptr<const sso::provider_facts> facts_by(clock::time_point deadline);
  failure away() const;
  /// The same, and tells the operator why.
  failure away_because(const std::string& what, const std::string& why) const;
  expected<std::string> tokens_for(const arrival& x, const sso::provider_facts& facts,
                                   const std::string& verifier) const;
  expected<sso::verified_token> verify_id_token(std::string_view token, const std::string& nonce,
                                                clock::time_point deadline);
  expected<principal> person_of(const rapidjson::Value& claims, std::string_view access_token,
                                const sso::provider_facts& facts) const;

  const sso_options options_;
  const sso::identity_rules identities_;
  std::unique_ptr<sso::flow_book> flows_;
  sso::session_table sessions_;
  std::atomic<bool> ends_{false};
  sso::fetcher send_;
  sso::teller tell_;
  std::unique_ptr<sso::provider> provider_;
};

} // namespace carillon
