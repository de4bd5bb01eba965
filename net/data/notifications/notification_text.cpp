#include "net/data/notifications/notification_text.hpp"

namespace carillon {

void put_notification(json_writer& out, const notification& x) {
  out.begin_object()
    .member("id", x.id)
    .member("userId", std::string_view{x.user_id})
    .member_or_null("companyId", x.company_id)
    .member("kind", std::string_view{x.kind})
    .member("eventSeq", x.event_seq == 0 ? std::nullopt : std::optional{x.event_seq})
    .member("title", std::string_view{x.title})
    .member("body", std::string_view{x.body})
    .member_or_null("link", x.link)
    .member("createdAt", x.created_at)
    .member("readAt", x.read_at)
    .end_object();
}

void put_notifications(json_writer& out, const notification_list& x) {
  out.begin_array("notifications");
  for (const auto& item : x.items)
    put_notification(out, item);
  out.end_array().member("unread", x.unread);
}

std::string read_count_json(uint64_t count) {
  json_writer out;
  out.begin_object().member("read", count).end_object();
  return out.take();
}

} // namespace carillon
