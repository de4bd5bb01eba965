#pragma once

#include "messages/jobs/requests.hpp"

#include <string>
#include <string_view>

namespace carillon::data {

/// The job that a body of `POST /api/jobs` describes: `queue`, `kind`, which begins with it,
/// `payload`, `key`, `companyId`, `runAt`, `priority`. Without a key it gets one of its own.
/// Errors: `malformed_json`, `invalid_argument`, `too_large`, with the field.
/// @param now bounds the time of its run
expected<job_draft> job_draft_from(std::string_view body, timestamp now);

/// The answer to one who enqueued a job.
std::string enqueued_json(const enqueued_job& x, std::string_view kind, std::string_view key);

} // namespace carillon::data
