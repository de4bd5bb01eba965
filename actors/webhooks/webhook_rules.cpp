#include "actors/webhooks/webhook_rules.hpp"

#include <utility>

namespace carillon {

webhook_rules::webhook_rules(bool allow_http, bool private_targets, target_check target)
  : allow_http_{allow_http}, private_targets_{private_targets}, check_target_{std::move(target)} {
}

expected<webhook_settings> webhook_rules::accept(const create_webhook& x) const {
  if (auto fit = check_settings(x.settings); !fit)
    return fit.error();
  auto out = x.settings;
  out.private_targets = x.private_targets.value_or(private_targets_);
  auto url = target(out.url, out.private_targets);
  if (!url)
    return url.error();
  out.url = std::move(*url);
  return out;
}

expected<void> webhook_rules::check(const update_webhook& x) const {
  webhook_settings alone;
  alone.url = "https://unchanged.example";
  if (auto fit = check_settings(changed(std::move(alone), x.change)); !fit)
    return fit;
  if (x.company_id && x.change.private_targets.value_or(false))
    return failure{ec::forbidden, "only an admin of the node gives private targets",
                   "privateTargets"};
  return {};
}

expected<std::string> webhook_rules::moved_url(const update_webhook& x,
                                               const webhook_settings& was) const {
  auto keeps = was.private_targets && (!x.company_id || *x.change.url == was.url);
  return target(*x.change.url, x.change.private_targets.value_or(keeps));
}

expected<void> webhook_rules::check_settings(const webhook_settings& x) const {
  if (auto fit = check_webhook(x); !fit)
    return fit;
  auto plain = x.url.size() > 4 && x.url[4] == ':';
  if (plain && !allow_http_)
    return failure{ec::invalid_argument, "the URL is not an https one", "url"};
  return {};
}

expected<std::string> webhook_rules::target(const std::string& url, bool privately) const {
  if (!check_target_)
    return url;
  auto out = check_target_(url, privately);
  if (out || out.error().code != ec::forbidden)
    return out;
  return failure{ec::invalid_argument,
                 out.error().detail
                   + ": it is not a public one; an admin of the node may register it with "
                     "privateTargets, if --webhooks-allow names the address",
                 "url"};
}

} // namespace carillon
