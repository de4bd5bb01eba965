#include "base/crypto/sha256.hpp"
#include "net/admin/calls/resources.hpp"
#include "net/admin/embedded.hpp"

namespace carillon::admin {

namespace {

/// The page runs its own script only, talks to its own port only, and is in no frame.
constexpr std::string_view content_policy
  = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'";

/// A file of the page. A browser keeps it, and asks each time whether it is still the same one.
struct console_file {
  explicit console_file(std::string_view x, std::string_view type)
    : text(x), media_type(type), tag('"' + sha256_hex(x).substr(0, 32) + '"') {
  }

  answer given() const {
    answer out{.body = std::string{text}, .media_type = std::string{media_type}};
    out.fields = {{"ETag", tag},
                  {"Cache-Control", "no-cache"},
                  {"Content-Security-Policy", std::string{content_policy}},
                  {"X-Frame-Options", "DENY"},
                  {"Referrer-Policy", "no-referrer"},
                  {"Cross-Origin-Opener-Policy", "same-origin"},
                  {"Cross-Origin-Resource-Policy", "same-origin"}};
    return out;
  }

  std::string_view text;
  std::string_view media_type;
  std::string tag;
};

} // namespace

expected<answer> show_console(call&) {
  static const console_file page{console_html(), "text/html; charset=utf-8"};
  return page.given();
}

expected<answer> show_console_file(call& c) {
  static const console_file script{console_js(), "text/javascript; charset=utf-8"};
  static const console_file style{console_css(), "text/css; charset=utf-8"};
  const auto& name = c.arguments.front();
  if (name == "console.js")
    return script.given();
  if (name == "console.css")
    return style.given();
  return failure{ec::not_found, "the page has no such file", {}};
}

} // namespace carillon::admin
