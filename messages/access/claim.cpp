#include "messages/access/claim.hpp"

namespace carillon {

expected<void> claim(event& draft, const principal& who) {
  if (!who.is_bound())
    return {};
  if (draft.company_id.empty())
    draft.company_id = who.company_id;
  else if (draft.company_id != who.company_id)
    return failure{ec::forbidden, "this API key publishes for one company only", "companyId"};
  if (draft.audience == audience::all)
    return failure{ec::forbidden, "this API key may not publish to everybody", "audience"};
  return {};
}

} // namespace carillon
