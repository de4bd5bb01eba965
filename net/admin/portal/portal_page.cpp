#include "net/admin/portal/portal_page.hpp"

#include "base/crypto/sha256.hpp"
#include "net/admin/embedded.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

/// The page runs its own script only, talks to its own port only, and what is inline does not run.
constexpr std::string_view portal_policy
  = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; frame-ancestors";

} // namespace

portal_page::portal_page(const std::vector<std::string>& origins) : policy_(portal_policy) {
  for (const auto& x : origins)
    policy_.append(" ").append(x);
  if (origins.empty())
    policy_ += " 'none'";
  auto add = [&](std::string_view name, std::string_view text, std::string_view type) {
    parts_.push_back({name, text, type, '"' + sha256_hex(text).substr(0, 32) + '"'});
  };
  add("index.html", portal_html(), "text/html; charset=utf-8");
  add("portal.js", portal_js(), "text/javascript; charset=utf-8");
  add("portal.css", portal_css(), "text/css; charset=utf-8");
}

std::optional<answer> portal_page::file(std::string_view name) const {
  if (name.empty())
    name = "index.html";
  auto found
    = std::find_if(parts_.begin(), parts_.end(), [&](const auto& x) { return x.name == name; });
  if (found == parts_.end())
    return std::nullopt;
  answer out{.body = std::string{found->text}, .media_type = std::string{found->media_type}};
  out.fields = {{"ETag", found->tag},
                {"Cache-Control", "no-cache"},
                {"Content-Security-Policy", policy_},
                {"Referrer-Policy", "no-referrer"},
                {"Cross-Origin-Resource-Policy", "same-origin"}};
  return out;
}

} // namespace carillon::admin
