#pragma once

#include "base/failure.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon {

/// Fields of a form.
inline constexpr size_t most_form_fields = 1'000;

/// A body of `application/x-www-form-urlencoded` as a JSON object:
///
///     {"form":{"command":"/deploy","tags":["a","b"]},"payload":{…},"raw":"command=…"}
///
/// A field that is there several times is an array. `payload` is what the field of this name holds
/// if it is a JSON object, as Slack and GitHub send it; `raw` is the body, byte for byte. Errors:
/// `malformed_json` (it is no form: a broken `%`, or text that is not UTF-8), `too_large`.
expected<std::string> json_of_form(std::string_view body);

} // namespace carillon
