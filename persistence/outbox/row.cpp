#include "persistence/outbox/row.hpp"

#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "base/text/utf8.hpp"

#include <string_view>
#include <utility>

namespace carillon {

namespace {

failure no_json(const char* field) {
  return {ec::malformed_json, std::string{field} + " of the row is not JSON", field};
}

/// Texts of an outbox may be any bytes, on SQLite.
expected<void> check_texts(const outbox_row& x) {
  for (const auto& [field, text] : {std::pair{"id", &x.id}, std::pair{"type", &x.type},
                                    std::pair{"source", &x.source}, std::pair{"time", &x.time}})
    if (!is_utf8(*text))
      return failure{ec::malformed_json, std::string{field} + " of the row is not UTF-8", field};
  for (const auto& [field, text] :
       {std::pair{"companyId", &x.company_id}, std::pair{"userId", &x.user_id},
        std::pair{"correlationId", &x.correlation_id}, std::pair{"causationId", &x.causation_id},
        std::pair{"traceparent", &x.traceparent}, std::pair{"audience", &x.audience}})
    if (*text && !is_utf8(**text))
      return failure{ec::malformed_json, std::string{field} + " of the row is not UTF-8", field};
  return {};
}

} // namespace

expected<void> append_event(std::string& out, const outbox_row& x) {
  if (auto checked = check_texts(x); !checked)
    return checked;
  if (!is_json(x.data))
    return no_json("data");
  if (x.metadata && !is_json(*x.metadata))
    return no_json("metadata");
  json_appender event{out};
  event.begin_object().member("id", x.id).member("type", x.type).member("source", x.source);
  if (!x.time.empty())
    event.member("time", x.time);
  for (const auto& [name, text] :
       {std::pair{"companyId", &x.company_id}, std::pair{"userId", &x.user_id},
        std::pair{"correlationId", &x.correlation_id}, std::pair{"causationId", &x.causation_id},
        std::pair{"traceparent", &x.traceparent}, std::pair{"audience", &x.audience}})
    if (*text && !(*text)->empty())
      event.member(name, std::string_view{**text});
  event.raw("data", x.data);
  if (x.metadata)
    event.raw("metadata", *x.metadata);
  event.end_object();
  return {};
}

} // namespace carillon
