#include "node/commands/support/event_pages.hpp"

namespace carillon::commands {

expected<event_lines> fetch_events(api_client& client, const query_parameters& query) {
  auto page = json_of(client.get("/api/events", query));
  if (!page)
    return page.error();
  auto events = page->FindMember("events");
  if (events == page->MemberEnd() || !events->value.IsArray())
    return failure{ec::internal, "the answer has no events; is this Carillon's admin port?", {}};
  event_lines out;
  for (const auto& x : events->value.GetArray()) {
    out.lines.push_back(to_text(x));
    if (x.IsObject())
      out.last_seq = number_member(x, "seq");
  }
  out.cursor = text_member(*page, "nextCursor");
  out.history = text_member(*page, "history");
  if (const auto gap = page->FindMember("gap"); gap != page->MemberEnd() && gap->value.IsObject())
    out.gap = {number_member(gap->value, "from"), number_member(gap->value, "to")};
  return out;
}

} // namespace carillon::commands
