#include "handlers/audit/audit_handler.hpp"

#include "base/json/appender.hpp"
#include "messages/access/audit.hpp"
#include "messages/access/event_digest.hpp"
#include "messages/codec/codec.hpp"

namespace carillon {

void audit_handler::handle(const event& x, effects& out) {
  audit_entry entry;
  entry.time = x.time;
  entry.action = x.type;
  if (!x.user_id.empty())
    entry.actor = "user:" + x.user_id;
  entry.origin = x.source;
  entry.company_id = x.company_id;
  entry.subject = "event:" + std::to_string(x.seq);
  entry.detail = audited_digest;
  entry.detail += event_digest(x);
  entry.detail += '"';
  auto json = json_appender::within(entry.detail);
  json.member("id", x.id).member_unless_empty("correlationId", x.correlation_id);
  if (x.metadata.size() > 2)
    json.raw("metadata", x.metadata);
  json.end_object();
  entry.event_seq = x.seq;
  out.add(std::move(entry));
}

} // namespace carillon
