#include "actors/webhooks/webhook_secrets.hpp"

#include <optional>
#include <utility>

namespace carillon {

webhook_secrets::webhook_secrets(std::shared_ptr<const secret_box> box,
                                 std::function<timestamp()> now)
  : box_{std::move(box)}, now_{std::move(now)} {
}

expected<webhook_secrets::kept_secret> webhook_secrets::seal(const webhook_secret& x) const {
  auto text = to_text(x);
  if (!text)
    return text.error();
  auto sealed = box_->seal(*text, webhook_secret_context);
  if (!sealed)
    return sealed.error();
  return kept_secret{{std::move(*sealed), now_(), std::nullopt}, std::move(*text)};
}

expected<std::vector<signing_secret>>
webhook_secrets::open(const std::vector<sealed_secret>& xs) const {
  std::vector<signing_secret> out;
  auto now = now_();
  for (const auto& x : xs) {
    if (x.expires_at && *x.expires_at <= now)
      continue;
    auto text = box_->open(x.sealed, webhook_secret_context);
    // If the key file is lost, an unreadable old secret does no harm as long as the new one is
    // readable.
    if (!text && !out.empty())
      continue;
    if (!text)
      return failure{ec::store_corrupt,
                     "its secret cannot be opened: is the key file the one it was sealed with?",
                     {}};
    auto secret = parse_webhook_secret(*text);
    if (!secret)
      return secret.error();
    out.push_back({std::move(*secret), x.expires_at});
  }
  return out;
}

webhook_secret_kind webhook_secrets::kind_of(const std::vector<sealed_secret>& xs) const {
  auto present = open(xs);
  return present && !present->empty() ? present->front().secret.kind : webhook_secret_kind::hmac;
}

expected<webhook_secret> webhook_secrets::from(const std::string& text, webhook_secret_kind kind) {
  if (!text.empty())
    return parse_webhook_secret(text);
  return make_webhook_secret(kind);
}

} // namespace carillon
