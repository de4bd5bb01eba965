#include "messages/traces/span.hpp"

namespace carillon {

std::vector<span_attribute> attributes_of(const event& x) {
  // Names are of OpenTelemetry's semantic conventions for messaging, where they have one.
  std::vector<span_attribute> out{
    {"messaging.system", std::string{"carillon"}},
    {"messaging.destination.name", x.type},
    {"messaging.message.id", x.id},
  };
  if (x.seq != 0)
    out.push_back({"carillon.position", static_cast<int64_t>(x.seq)});
  if (!x.company_id.empty())
    out.push_back({"carillon.company", x.company_id});
  return out;
}

} // namespace carillon
