#include "handlers/email/template_check.hpp"

#include "base/text/ascii.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace carillon {

namespace {

constexpr size_t max_depth = 16;

bool is_name(std::string_view x) noexcept {
  return !x.empty() && x.size() <= 128 && std::all_of(x.begin(), x.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
           || c == '-' || c == '.';
  });
}

class checker {
public:
  checker(std::string_view text, template_part part) : text_(text), part_(part) {
  }

  std::optional<template_fault> run() {
    size_t at = 0;
    while (true) {
      at = text_.find("{{", at);
      if (at == std::string_view::npos)
        break;
      auto triple = text_.substr(at + 2).starts_with('{');
      auto begin = at + (triple ? 3 : 2);
      auto end = text_.find(triple ? "}}}" : "}}", begin);
      if (end == std::string_view::npos)
        return fault(at, "a tag that is not closed");
      if (auto out
          = take(at, trimmed(text_.substr(begin, end - begin), blanks_and_line_ends), triple))
        return out;
      at = end + (triple ? 3 : 2);
    }
    if (!open_.empty())
      return fault(open_.back().second,
                   "the section '" + std::string{open_.back().first} + "' is not closed");
    return std::nullopt;
  }

private:
  template_fault fault(size_t at, std::string what) const {
    auto before = text_.substr(0, at);
    auto line = static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
    auto begin = before.rfind('\n');
    auto column = begin == std::string_view::npos ? at : at - begin - 1;
    return {line + 1, column + 1, std::move(what)};
  }

  std::optional<template_fault> take(size_t at, std::string_view tag, bool triple) {
    auto mark = tag.empty() ? ' ' : tag.front();
    if (!triple && mark == '!')
      return std::nullopt;
    if (!triple && mark == '=')
      return fault(at, "delimiters cannot be changed");
    if (!triple && mark == '>')
      return fault(at, "a template cannot include another");
    auto marked = !triple && std::string_view{"#^/&"}.find(mark) != std::string_view::npos;
    auto name = marked ? trimmed(tag.substr(1), blanks_and_line_ends) : tag;
    if (!is_name(name))
      return fault(at, "a tag without a name of letters, digits, '_', '-' and '.'");
    if ((triple || mark == '&') && part_ == template_part::html)
      return fault(at, "'" + std::string{name} + "' would not be escaped; write {{"
                         + std::string{name} + "}}");
    if (marked && mark == '/')
      return close(at, name);
    if (marked && mark != '&')
      open_.emplace_back(name, at);
    if (open_.size() > max_depth)
      return fault(at, "more than " + std::to_string(max_depth) + " sections within each other");
    return std::nullopt;
  }

  std::optional<template_fault> close(size_t at, std::string_view name) {
    if (open_.empty())
      return fault(at, "the section '" + std::string{name} + "' was not opened");
    if (open_.back().first != name)
      return fault(at, "'" + std::string{name} + "' closes the section '"
                         + std::string{open_.back().first} + "'");
    open_.pop_back();
    return std::nullopt;
  }

  std::string_view text_;
  template_part part_;
  /// Name and place.
  std::vector<std::pair<std::string_view, size_t>> open_;
};

} // namespace

std::optional<template_fault> check_template(std::string_view text, template_part part) {
  return checker{text, part}.run();
}

} // namespace carillon
