#pragma once

#include "net/http/admission.hpp"
#include "net/http/request_head.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::data {

/// True if pages of this origin are on the list; `*` stands for all of them.
bool is_listed(const std::vector<std::string>& origins, std::string_view origin) noexcept;

/// The same without `*`.
bool is_named(const std::vector<std::string>& origins, std::string_view origin) noexcept;

/// True for a preflight request of a browser (Fetch section 3.2.2).
bool is_preflight(const request_head& head) noexcept;

/// The lines that let a page of this origin read an answer, including rejections.
std::string cors_fields(std::string_view origin);

/// The answer to OPTIONS: 204 with `Allow`; to a preflight of an allowed origin also the allowed
/// methods and fields.
/// @param methods in the form of `Allow`
whole_answer options_answer(const request_head& head, std::string_view methods, bool allowed);

} // namespace carillon::data
