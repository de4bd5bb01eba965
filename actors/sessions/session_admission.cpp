#include "actors/sessions/session_admission.hpp"

#include <string>
#include <utility>

namespace carillon {

session_admission::session_admission(bound_ptr places, limits x)
  : places_(std::move(places)), limits_(x) {
}

expected<std::shared_ptr<bound_lease>> session_admission::admit(const session_identity& x,
                                                                const session_index& open) const {
  // The token was verified before, and may have been revoked since.
  if (x.is_revoked())
    return failure{ec::unauthenticated, "the key of the token was taken away", {}};
  if (limits_.per_user > 0 && open.count_of_user(x.who) >= limits_.per_user)
    return failure{ec::quota_exceeded,
                   "this user has " + std::to_string(limits_.per_user)
                     + " sessions, as many as --sessions-per-user allows; close one",
                   {}};
  const auto* of_company = open.of_company(x.who.company_id);
  if (limits_.per_company > 0 && of_company != nullptr && of_company->size() >= limits_.per_company)
    return failure{ec::quota_exceeded,
                   "this company has " + std::to_string(limits_.per_company)
                     + " sessions, as many as --sessions-per-company allows; close one",
                   {}};
  auto place = bound_lease::take(places_, x.who.company_id, 1);
  if (!place)
    return std::move(place).error();
  return std::make_shared<bound_lease>(std::move(*place));
}

session_close close_code_of(const failure& why) noexcept {
  return why.code == ec::unauthenticated ? session_close::unauthenticated
                                         : session_close::overloaded;
}

} // namespace carillon
