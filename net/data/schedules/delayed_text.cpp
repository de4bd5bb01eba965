#include "net/data/schedules/delayed_text.hpp"

namespace carillon {

void append_delayed(std::string& out, const delayed_event& x) {
  json_appender json{out};
  json.begin_object()
    .member("delayedId", x.id)
    .member("id", x.event_id)
    .member("type", x.type)
    .member("source", x.source)
    .member_or_null("companyId", x.company_id)
    .member("publishAt", x.publish_at)
    .member("createdAt", x.created_at)
    .member("state", name_of(x.state))
    .member_or_null("error", x.error);
  if (!x.event.empty())
    json.raw("event", x.event);
  json.end_object();
}

std::string delayed_json(const delayed_event& x) {
  std::string out;
  append_delayed(out, x);
  return out;
}

} // namespace carillon
