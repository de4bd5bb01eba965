#pragma once

#include <optional>
#include <string_view>

namespace carillon::data {

/// The parts of a request target. A path is never empty: that of `http://host` is `/`.
struct target_parts {
  /// Of the absolute form, else empty.
  std::string_view authority;
  std::string_view path;
  /// Without its `?`.
  std::string_view query;
  bool absolute = false;
};

/// Cuts a target in origin or absolute form (RFC 9112 section 3.2): the authority ends at the first
/// `/` or `?` (RFC 3986 section 3.2). Empty for another form, for a scheme other than http and
/// https, for an authority that is not valid or empty, and for a fragment.
std::optional<target_parts> parts_of(std::string_view target);

/// True for the value of a valid `Host` field (RFC 9112 section 3.2): `uri-host [":" port]`. An
/// empty one is valid.
bool is_host(std::string_view text);

/// True if a host names this machine by a loopback name or address, or is empty. Without
/// credentials only such names are served: otherwise a web page whose name resolves to this machine
/// (DNS rebinding) could call the port as same-origin.
bool is_loopback_name(std::string_view host) noexcept;

/// True if a page of this origin was loaded from `host`, or there is no origin.
/// @param secure true = a page without TLS is another one: anybody on the way can make it
bool is_same_origin(std::string_view origin, std::string_view host, bool secure) noexcept;

} // namespace carillon::data
