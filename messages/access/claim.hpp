#pragma once

#include "base/failure.hpp"
#include "messages/access/principal.hpp"
#include "messages/events/event.hpp"

namespace carillon {

/// Applies the tenant rules to a draft: a bound publisher's company is filled in; another company
/// or the audience `all` is rejected. Errors: `forbidden`.
expected<void> claim(event& draft, const principal& who);

} // namespace carillon
