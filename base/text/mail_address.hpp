#pragma once

#include <string_view>

namespace carillon {

/// True for `local@domain` in the usual form: a dot-string and a host name (RFC 5321 section
/// 4.1.2), all ASCII, at most 64 bytes before the `@`, 254 in all. Quoted local parts and address
/// literals are rejected; a domain in another script must be given in its `xn--` form.
bool is_mail_address(std::string_view x) noexcept;

/// True for a host name: labels of letters, digits and inner hyphens, ≤ 63 bytes each, ≤ 253 in
/// all.
bool is_mail_domain(std::string_view x) noexcept;

/// The part after the `@`; `x` is an address.
std::string_view domain_of_address(std::string_view x) noexcept;

/// True for `left@right` of two dot-atoms (RFC 5322 section 3.6.4), ≤ 250 bytes.
bool is_message_id(std::string_view x) noexcept;

} // namespace carillon
