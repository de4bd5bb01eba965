#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"
#include "messages/jobs/job.hpp"

#include <optional>
#include <string>

namespace carillon {

/// What a job of the e-mail or document handler carries:
/// `{"seq","template"?,"userId"?,"companyId"?,"to"?,"toCompanyId"?}`.
struct job_payload {
  position seq = 0;
  /// Empty for documents.
  std::string template_name;
  /// Of a mail to one of several: whose it is.
  std::string to;
  /// As whose contact. Jobs of older versions do not say.
  std::optional<std::string> to_company;
};

/// Errors: `malformed_json`, `invalid_argument`.
expected<job_payload> parse_payload(const std::string& json);

/// The payload of a job for one of several recipients.
std::string payload_for(const job_payload& x, const event& what, const std::string& user_id,
                        const std::string& company_id);

/// How a job ends that could not be done for this reason: what is no longer kept, or is malformed,
/// stays so.
job_outcome outcome_of(const failure& x);

} // namespace carillon
