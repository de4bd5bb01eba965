#pragma once

#include "actors/webhooks/endpoints/webhook_message.hpp"
#include "base/crypto/secret_box.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// Seals the secrets of webhooks for the store, and opens them for signing. Immutable.
class webhook_secrets {
public:
  /// @param now the wall clock
  webhook_secrets(std::shared_ptr<const secret_box> box, std::function<timestamp()> now);

  /// A secret for the store, and its text for the one answer that shows it.
  struct kept_secret {
    sealed_secret sealed;
    std::string text;
  };

  /// Made now, without expiry. Errors: `internal` if OpenSSL fails.
  expected<kept_secret> seal(const webhook_secret& x) const;

  /// The secrets that have not expired, in their order. An unreadable one is left out if one before
  /// it is readable. Errors: `store_corrupt`, `invalid_argument`.
  expected<std::vector<signing_secret>> open(const std::vector<sealed_secret>& xs) const;

  /// The kind of the newest one; `hmac` if none is readable, so that lost ones can be replaced.
  webhook_secret_kind kind_of(const std::vector<sealed_secret>& xs) const;

  /// The secret in a request; a new one of `kind` if the text is empty. Errors: `invalid_argument`.
  static expected<webhook_secret> from(const std::string& text, webhook_secret_kind kind);

private:
  std::shared_ptr<const secret_box> box_;
  std::function<timestamp()> now_;
};

} // namespace carillon
