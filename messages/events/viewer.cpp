#include "messages/events/viewer.hpp"

namespace carillon {

bool may_see(const viewer& who, audience to, std::string_view company_id,
             std::string_view user_id) noexcept {
  switch (to) {
  case audience::none:
    return false;
  case audience::all:
    return true;
  case audience::company:
    return !company_id.empty() && company_id == who.company_id;
  case audience::user:
    return !user_id.empty() && user_id == who.user_id
           && (company_id.empty() || who.company_id.empty() || company_id == who.company_id);
  }
  return false;
}

bool may_see(const viewer& who, const event& x) noexcept {
  return may_see(who, x.audience, x.company_id, x.user_id);
}

} // namespace carillon
