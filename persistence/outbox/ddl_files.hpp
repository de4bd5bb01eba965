#pragma once

#include <span>
#include <string_view>

namespace carillon {

// Made from the files of `ddl/`.

/// The text of a file; empty if there is none.
std::string_view outbox_ddl_text(std::string_view name) noexcept;

/// Their names, ascending.
std::span<const std::string_view> outbox_ddl_names() noexcept;

} // namespace carillon
