#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"
#include "messages/jobs/job.hpp"
#include "messages/jobs/job_outcome.hpp"

#include <optional>
#include <string>

namespace carillon {

/// Payload of a job of the e-mail or document handler:
/// `{"seq","template"?,"userId"?,"companyId"?,"to"?,"toCompanyId"?}`.
struct job_payload {
  position seq = 0;
  /// Empty for documents.
  std::string template_name;
  /// User id of the recipient, for a mail to one of several.
  std::string to;
  /// Company of the contact. Missing in jobs of older versions.
  std::optional<std::string> to_company;
};

/// Errors: `malformed_json`, `invalid_argument`.
expected<job_payload> parse_payload(const std::string& json);

/// The payload of a job for one of several recipients.
std::string payload_for(const job_payload& x, const event& what, const std::string& user_id,
                        const std::string& company_id);

/// The outcome of a job that failed for this reason: a missing event or malformed data is final.
job_outcome outcome_of(const failure& x);

} // namespace carillon
