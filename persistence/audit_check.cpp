#include "persistence/audit_check.hpp"

namespace carillon {

expected<audit_check> check_audit(state_store& state) {
  audit_check out;
  verify_audit request;
  for (;;) {
    auto stretch = state.verify(request);
    if (!stretch)
      return stretch.error();
    out.verdict.checked += stretch->verdict.checked;
    out.verdict.valid = stretch->verdict.valid;
    out.verdict.first_bad = stretch->verdict.first_bad;
    out.hash = stretch->hash;
    if (!out.verdict.valid || !stretch->next || *stretch->next <= request.from)
      return out;
    request.from = *stretch->next;
    request.hash = stretch->hash;
  }
}

} // namespace carillon
