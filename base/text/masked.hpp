#pragma once

#include <string>
#include <string_view>

namespace carillon {

/// Replaces a secret.
inline constexpr std::string_view mask = "***";

/// The text as it may be printed: every URL, connection string and library message about one must
/// pass through here before it is printed. Replaced by `***` are
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
/// Doubtful text is masked. Masking again is harmless. The text may be any bytes, one line or
/// several.
std::string masked(std::string_view text);

} // namespace carillon
