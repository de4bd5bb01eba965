#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// The part of a mail that a template makes.
enum class template_part : uint8_t { subject, text, html };

/// Place and cause of a fault in a template. Line and column begin with 1; the column counts bytes.
struct template_fault {
  size_t line = 1;
  size_t column = 1;
  std::string what;
};

/// Checks a Mustache template: variables, sections, inverted sections and comments. Partials are
/// rejected, since data could name a template; so are other delimiters, and unescaped variables in
/// HTML, since data is untrusted input.
std::optional<template_fault> check_template(std::string_view text, template_part part);

} // namespace carillon
