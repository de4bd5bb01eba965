#include "actors/webhooks/webhook_rules.hpp"

#include <utility>

namespace carillon {

webhook_rules::webhook_rules(bool allow_http, bool private_targets, target_check target)
  : allow_http_{allow_http}, private_targets_{private_targets}, check_target_{std::move(target)} {
}

expected<webhook_settings> webhook_rules::accept(const create_webhook& x) const {
  if (auto fit = check_webhook(x.settings); !fit)
    return fit.error();
  if (auto fit = check_scheme(x.settings.url); !fit)
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
  if (auto fit = check_change(x.change); !fit)
    return fit;
  if (x.change.url)
    if (auto fit = check_scheme(*x.change.url); !fit)
      return fit;
  return check_grant(x.change.private_targets.value_or(false), x.company_id);
}

expected<std::string> webhook_rules::moved_url(const update_webhook& x,
                                               const webhook_settings& was) const {
  return target(*x.change.url, changed_by(was, x.change, x.company_id).private_targets);
}

expected<void> webhook_rules::check_scheme(const std::string& url) const {
  if (!allow_http_ && !uses_tls(url))
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
