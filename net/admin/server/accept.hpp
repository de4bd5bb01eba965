#pragma once

#include <string_view>

namespace carillon::admin {

/// Preference for a media type in an `Accept` field (RFC 9110, section 12.5.1).
struct welcome {
  /// 0–1000; 0 = not acceptable.
  int quality = 0;
  /// The type itself is listed, not only a range that holds it.
  bool by_name = false;
};

/// `media_type` is in lower case, without parameters. An empty field accepts all; elements that are
/// not valid are ignored; those with parameters other than `q` match no type here, since types here
/// have no parameters.
welcome welcome_of(std::string_view accept, std::string_view media_type) noexcept;

} // namespace carillon::admin
