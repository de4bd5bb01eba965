#pragma once

#include <string>
#include <string_view>

namespace carillon {

/// A `traceparent` of W3C Trace Context (section 3.2) as version 00. Of a higher version only the
/// part common to all versions is kept (section 4.3), without flags unknown to 00. Empty for an
/// invalid text; the event is accepted nevertheless.
std::string understood_traceparent(std::string_view x);

} // namespace carillon
