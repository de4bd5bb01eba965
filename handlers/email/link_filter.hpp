#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// An untrusted text without links, so that our mails cannot be used for phishing. Text that looks
/// like a URL (`scheme://…`, `www.…`, or a host name with a path) becomes `[link removed]`, unless
/// it is `https://` or `http://` and its host is one of `hosts` or below one.
///
/// Mail programs may still make a link of a bare host name such as `evil.example`.
std::string without_links(std::string_view text, const std::vector<std::string>& hosts);

} // namespace carillon
