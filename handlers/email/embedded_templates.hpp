#pragma once

#include <span>
#include <string_view>

namespace carillon {

/// The text of a built-in template by its file name, e.g. `welcome.text.mustache`; empty if there
/// is none.
std::string_view embedded_template(std::string_view file_name) noexcept;

/// The file names of all, ascending.
std::span<const std::string_view> embedded_template_names() noexcept;

} // namespace carillon
