#include "base/json/writer.hpp"
#include "messages/telemetry.hpp"
#include "net/admin/calls/operators/operator_calls.hpp"
#include "net/admin/query_reader.hpp"

namespace carillon::admin {

expected<answer> show_limits(call& c) {
  query_reader q{c};
  const auto company = q.company();
  if (q.fault())
    return *q.fault();
  json_writer out;
  out.begin_object().begin_array("limits");
  if (c.ctx.backend.stats)
    for (const auto& x : c.ctx.backend.stats->bounds.list(company.value_or(""))) {
      out.begin_object()
        .member("name", std::string_view{x.name})
        .member("unit", std::string_view{x.unit})
        .member("capacity", x.capacity);
      if (company)
        out.member("own", x.own);
      // A company may not see what others hold.
      if (!c.who.is_bound())
        out.member("used", x.used)
          .member("companies", static_cast<uint64_t>(x.holders))
          .member("refusedOverShare", x.over_share)
          .member("refusedFull", x.full);
      out.end_object();
    }
  out.end_array().end_object();
  return answer{.body = out.take()};
}

} // namespace carillon::admin
