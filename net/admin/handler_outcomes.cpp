#include "net/admin/handler_outcomes.hpp"

#include "messages/codec.hpp"
#include "net/admin/ask.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

std::string_view state_of(const consumer_status& x, position seq,
                          const consumer_failures& failures) {
  auto failed = std::find_if(failures.begin(), failures.end(),
                             [&](const auto& y) { return y.consumer == x.name; });
  if (failed != failures.end())
    return failed->dead ? "dead" : "retrying";
  return seq > x.cursor ? "pending" : "done";
}

} // namespace

expected<std::string> handler_outcomes(const call& c, const event& x) {
  auto consumers = ask<consumer_statuses>(c, c.ctx.backend.supervisor, list_consumers{});
  if (!consumers)
    return consumers.error();
  auto failures
    = ask<consumer_failures>(c, c.ctx.backend.state_reader, find_failures{.seq = x.seq});
  if (!failures)
    return failures.error();
  std::string out = "[";
  for (const auto& status : *consumers) {
    out += out.size() > 1 ? R"(,{"name":)" : R"({"name":)";
    append_json_string(out, status.name);
    out += R"(,"state":")";
    out += state_of(status, x.seq, *failures);
    out += "\"}";
  }
  return out + ']';
}

} // namespace carillon::admin
