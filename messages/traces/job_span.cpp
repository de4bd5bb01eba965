#include "messages/traces/job_span.hpp"

#include <string>

namespace carillon {

std::vector<span_attribute> attributes_of(const job& x) {
  std::vector<span_attribute> out{
    {"messaging.system", std::string{"carillon"}},
    {"messaging.destination.name", std::string{queue_of(x.kind)}},
    {"messaging.operation.type", std::string{"process"}},
    {"messaging.message.id", std::to_string(x.id)},
    {"carillon.job.kind", x.kind},
    {"carillon.attempt", int64_t{x.attempts}},
  };
  if (x.event_seq != 0)
    out.push_back({"carillon.position", static_cast<int64_t>(x.event_seq)});
  if (!x.company_id.empty())
    out.push_back({"carillon.company", x.company_id});
  return out;
}

} // namespace carillon
