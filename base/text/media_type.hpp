#pragma once

#include <string_view>

namespace carillon {

/// True for JSON as CloudEvents knows it (JSON event format, section 3.1): `*/json` and `*/*+json`
/// in any case, with or without parameters.
bool is_json_media_type(std::string_view x) noexcept;

} // namespace carillon
