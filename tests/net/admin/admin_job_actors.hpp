#pragma once

#include "messages/state/interfaces.hpp"
#include "tests/net/admin/admin_data.hpp"

namespace carillon::test {

/// Adds a job of a company that waits in the queue `email`, and the queue.
job& add_job(admin_data& data, uint64_t id, const std::string& company);

// Answers of a state actor about `admin_data::jobs`.

expected<job_page> jobs_of(admin_data& data, const list_jobs& x);

/// Errors: `not_found`.
expected<job> find_job(admin_data& data, uint64_t id, const std::optional<std::string>& company);

// Errors of each: `not_found`, `conflict`.

expected<job> retry(admin_data& data, const retry_job& x);
expected<uint64_t> retry(admin_data& data, const retry_jobs& x);
expected<job> cancel(admin_data& data, const cancel_job& x);

/// A job dispatcher that changes `admin_data::job_queues`.
job_dispatcher_actor::behavior_type admin_job_dispatcher(job_dispatcher_actor::pointer self,
                                                         admin_data* data);

} // namespace carillon::test
