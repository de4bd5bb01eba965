#include "handlers/job_payload.hpp"

#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"

namespace carillon {

expected<job_payload> parse_payload(const std::string& json) {
  auto parsed = parse_strict_object(json, 8);
  if (!parsed)
    return parsed.error();
  const auto* seq = find_member(*parsed, "seq");
  if (seq == nullptr || !seq->IsUint64() || seq->GetUint64() == 0)
    return failure{ec::invalid_argument, "the payload names no event", "seq"};
  job_payload out{.seq = seq->GetUint64()};
  out.template_name = find_text(*parsed, "template").value_or("");
  out.to = find_text(*parsed, "to").value_or("");
  if (auto company = find_text(*parsed, "toCompanyId"))
    out.to_company = std::string{*company};
  return out;
}

std::string payload_for(const job_payload& x, const event& what, const std::string& user_id,
                        const std::string& company_id) {
  std::string out;
  json_appender{out}
    .begin_object()
    .member("seq", x.seq)
    .member("template", x.template_name)
    .member("userId", what.user_id)
    .member("companyId", what.company_id)
    .member("to", user_id)
    .member("toCompanyId", company_id)
    .end_object();
  return out;
}

job_outcome outcome_of(const failure& x) {
  switch (x.code) {
  case ec::not_found:
  case ec::invalid_argument:
  case ec::malformed_json:
  case ec::too_large:
    return job_outcome::hopeless(x.detail);
  default:
    return job_outcome::failed(x.detail);
  }
}

} // namespace carillon
