#pragma once

#include "messages/events/event.hpp"

#include <string>

namespace carillon::test {

/// The rule once more, independent of `may_see`.
inline bool is_for(const event& x, const std::string& user, const std::string& company) {
  if (x.audience == audience::all)
    return true;
  if (x.audience == audience::company)
    return !company.empty() && x.company_id == company;
  if (x.audience == audience::user)
    return !user.empty() && x.user_id == user
           && (x.company_id == company || x.company_id.empty() || company.empty());
  return false;
}

} // namespace carillon::test
