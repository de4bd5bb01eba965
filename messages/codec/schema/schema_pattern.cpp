#include "messages/codec/schema/schema_pattern.hpp"

#include "base/text/utf8.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <string>

namespace carillon {

namespace {

constexpr size_t max_expression_bytes = 4UL * 1024;
/// Limit of instructions of the compiled expression. In the worst case each byte of a text visits
/// all of them.
constexpr int max_instructions = 2'000;
constexpr int64_t max_memory_bytes = 1L << 20;

bool is_hex(std::string_view x) noexcept {
  return std::all_of(x.begin(), x.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

/// ECMA-262 writes `\uHHHH` and `\u{H…}` where RE2 writes `\x{H…}`.
std::string for_re2(std::string_view x) {
  std::string out;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] != '\\' || i + 1 == x.size()) {
      out += x[i];
      continue;
    }
    auto hex = x.substr(i + 2, 4);
    if (x[i + 1] == 'u' && hex.size() == 4 && is_hex(hex)) {
      out += "\\x{" + std::string{hex} + "}";
      i += 5;
    } else if (x[i + 1] == 'u' && hex.starts_with('{')) {
      out += "\\x";
      ++i;
    } else {
      out += x.substr(i, 2);
      ++i;
    }
  }
  return out;
}

/// Calls `visit` with each position that is neither within a class nor escaped, until it is true.
template <class Visit>
size_t find_plain(std::string_view x, Visit visit) {
  bool in_class = false;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == '\\')
      ++i;
    else if (in_class)
      in_class = x[i] != ']';
    else if (visit(x[i]))
      return i;
    else
      in_class = x[i] == '[';
  }
  return std::string_view::npos;
}

/// Position at which the group at the begin of the text is closed.
size_t end_of_group(std::string_view x) {
  size_t depth = 0;
  return find_plain(x, [&](char c) {
    depth += c == '(' ? 1 : 0;
    depth -= c == ')' ? 1 : 0;
    return c == ')' && depth == 0;
  });
}

bool has_alternatives(std::string_view x) {
  size_t depth = 0;
  return find_plain(x,
                    [&](char c) {
                      depth += c == '(' ? 1 : 0;
                      depth -= c == ')' && depth > 0 ? 1 : 0;
                      return c == '|' && depth == 0;
                    })
         != std::string_view::npos;
}

failure bad_pattern(std::string detail) {
  return {ec::invalid_argument, std::move(detail), {}};
}

} // namespace

expected<void> schema_pattern::add(std::string_view expression, bool wanted) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(max_memory_bytes);
  auto compiled = std::make_shared<const re2::RE2>(for_re2(expression), options);
  if (!compiled->ok())
    return bad_pattern("is no regular expression that RE2 can run: "
                       + excerpt(as_utf8(compiled->error()), 100));
  if (compiled->ProgramSize() > max_instructions)
    return bad_pattern("is too large a regular expression");
  constexpr size_t unanchored = 32;
  weight_ += static_cast<size_t>(std::max(compiled->ProgramSize(), 1))
             * (expression.starts_with('^') ? 1 : unanchored);
  parts_.push_back({std::move(compiled), wanted});
  return {};
}

expected<schema_pattern> schema_pattern::make(std::string_view expression) {
  if (expression.size() > max_expression_bytes)
    return bad_pattern("is longer than 4096 bytes");
  schema_pattern out;
  std::string rest{expression};
  // `^(?!a)(?=b)c` requires at one place that a does not match, b does, and c does: three searches.
  while (rest.starts_with("^(?!") || rest.starts_with("^(?=")) {
    const auto group = rest.substr(1);
    auto end = end_of_group(group);
    if (end == std::string_view::npos || has_alternatives(group.substr(end + 1)))
      break;
    auto ahead = "^(?:" + group.substr(3, end - 3) + ")";
    if (auto added = out.add(ahead, group[2] == '='); !added)
      return added.error();
    rest = "^" + group.substr(end + 1);
  }
  if (auto added = out.add(rest, true); !added)
    return added.error();
  return out;
}

bool schema_pattern::matches(std::string_view text) const {
  return std::all_of(parts_.begin(), parts_.end(), [&](const part& x) {
    return re2::RE2::PartialMatch({text.data(), text.size()}, *x.expression) == x.wanted;
  });
}

} // namespace carillon
