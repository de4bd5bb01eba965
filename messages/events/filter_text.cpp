#include "messages/events/filter_text.hpp"

#include "base/text/utf8.hpp"

#include <algorithm>

namespace carillon {

std::string without_blanks(std::string_view json) {
  std::string out;
  bool quoted = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted && c == '\\' && i + 1 < json.size())
      out += json[i++];
    else if (c == '"')
      quoted = !quoted;
    else if (!quoted && (c == ' ' || c == '\n' || c == '\r' || c == '\t'))
      continue;
    out += json[i];
  }
  return out;
}

std::string pointer_part(std::string_view name) {
  std::string out;
  for (const char c : excerpt(name))
    out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

std::vector<std::string> filter_path_parts(std::string_view path) {
  const bool is_pointer = path.starts_with('/');
  if (is_pointer)
    path.remove_prefix(1);
  std::vector<std::string> out(1);
  for (size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == (is_pointer ? '/' : '.')) {
      out.emplace_back();
    } else if (is_pointer && c == '~') {
      if (++i == path.size() || (path[i] != '0' && path[i] != '1'))
        return {};
      out.back() += path[i] == '0' ? '~' : '/';
    } else {
      out.back() += c;
    }
  }
  const bool has_gap = std::any_of(out.begin(), out.end(), [](const auto& x) { return x.empty(); });
  return !is_pointer && has_gap ? std::vector<std::string>{} : out;
}

} // namespace carillon
