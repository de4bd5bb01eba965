#pragma once

#include <string>
#include <string_view>

namespace carillon {

/// Stands where a secret was.
inline constexpr std::string_view mask = "***";

/// The text as it may be printed: every printer of a URL, of a connection string, or of what a
/// library says about one goes through here. Replaced by `***` are
///
/// - who connects: `scheme://user:password@host`, and the same without a scheme
/// (`user:password@host`,
///   `token@proxy:3128`), the user included; however the password is written: with `?`, `#`, `@`,
///   and for schemes other than http with `/`;
/// - values of names that mean a secret (`password`, `sslpassword`, `passwd`, `pwd`, `secret`,
/// `token`,
///   `apikey` …, also as an ending, as `jwt-secret`; in any case, percent-encoded or not) as
///   `key=value`, `key = 'value'`, a parameter of a URL, `"key": "value"`;
/// - what follows `Authorization: Bearer`, `Basic`;
/// - what libpq quotes of a connection string that it cannot read.
///
/// What is in doubt is masked. Masking again is harmless. The text may be any bytes, one line
/// or several.
std::string masked(std::string_view text);

} // namespace carillon
