#include "handlers/audit/audit_handler.hpp"

#include "messages/access/audit.hpp"
#include "messages/codec/codec.hpp"
#include "messages/events/event_digest.hpp"

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
  entry.detail += R"(","id":)";
  append_json_string(entry.detail, x.id);
  if (!x.correlation_id.empty()) {
    entry.detail += R"(,"correlationId":)";
    append_json_string(entry.detail, x.correlation_id);
  }
  if (x.metadata.size() > 2) {
    entry.detail += R"(,"metadata":)";
    entry.detail += x.metadata;
  }
  entry.detail += '}';
  entry.event_seq = x.seq;
  out.add(std::move(entry));
}

} // namespace carillon
