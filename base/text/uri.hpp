#pragma once

#include <string>
#include <string_view>

namespace carillon {

/// True for a URI with a scheme (RFC 3986, section 3).
bool is_uri(std::string_view x);

/// True for a URI or a relative reference (RFC 3986, section 4.1).
bool is_uri_reference(std::string_view x);

/// The text as one segment of a path: all but the unreserved characters percent-encoded (RFC 3986,
/// section 2.3), `%` as well.
std::string as_path_segment(std::string_view x);

/// The text as a URI reference: unchanged if it is one, else with every forbidden byte
/// percent-encoded; if that is not enough, as one path segment.
std::string as_uri_reference(std::string_view x);

} // namespace carillon
