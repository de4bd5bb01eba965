#include "node/options/option_table_portal.hpp"

#include "net/admin/portal/frame_origin.hpp"
#include "node/options/list_kinds.hpp"
#include "node/options/number_kinds.hpp"
#include "node/options/option_kinds.hpp"
#include "node/options/option_member.hpp"

#include <string>

namespace carillon {

namespace {

constexpr size_t max_frame_origins = 100;
constexpr uint64_t max_portal_endpoints = 1'000;

expected<std::vector<std::string>> parse_frame_origins(std::string_view text) {
  auto out = parse_texts(text);
  if (!out)
    return out.error();
  if (out->size() > max_frame_origins)
    return failure{ec::invalid_argument, "at most 100 origins", {}};
  for (const auto& x : *out)
    if (!admin::is_frame_origin(x))
      return failure{ec::invalid_argument,
                     "'" + x
                       + "' is no origin: give https://app.example, maybe with a port, or "
                         "https://*.app.example",
                     {}};
  return out;
}

} // namespace

std::vector<option_spec> portal_table() {
  const char* group = "Portal";
  return {
    a_list("portal-origins", group, "ORIGIN",
           "Applications whose pages may show the portal of their companies, at /portal/ of the "
           "data port; empty = there is no portal (with --dev, all of loopback may)",
           MEMBER(node.admin.portal.origins), parse_frame_origins),
    a_count("portal-endpoints", group, "N",
            "Webhooks of a company beyond which its tokens register no further one",
            MEMBER(node.admin.portal.endpoints), 1, max_portal_endpoints),
  };
}

} // namespace carillon
