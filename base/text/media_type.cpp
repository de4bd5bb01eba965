#include "base/text/media_type.hpp"

#include "base/text/ascii.hpp"

namespace carillon {

namespace {

bool ends_with_nocase(std::string_view x, std::string_view end) noexcept {
  return x.size() > end.size() && equals_ignoring_case(x.substr(x.size() - end.size()), end);
}

} // namespace

bool is_json_media_type(std::string_view x) noexcept {
  x = x.substr(0, x.find(';'));
  auto end = x.find_last_not_of(" \t");
  x = x.substr(0, end == std::string_view::npos ? 0 : end + 1);
  auto slash = x.find('/');
  if (slash == std::string_view::npos || !is_http_token(x.substr(0, slash))
      || !is_http_token(x.substr(slash + 1)))
    return false;
  return ends_with_nocase(x, "/json") || ends_with_nocase(x, "+json");
}

} // namespace carillon
