#pragma once

#include <string>
#include <string_view>

namespace carillon {

/// What a `traceparent` of W3C Trace Context (section 3.2) says, as version 00: of a higher version
/// the part that every version has (section 4.3), without flags that 00 does not know. Empty for
/// what cannot be understood; that is no fault of the event, and so nothing is refused for it.
std::string understood_traceparent(std::string_view x);

} // namespace carillon
