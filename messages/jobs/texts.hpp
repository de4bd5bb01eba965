#pragma once

#include "base/json/writer.hpp"
#include "messages/jobs/job.hpp"

#include <string>

namespace carillon {

/// Everything of a job but its payload and result, as members of an object.
void put_members(json_writer& out, const job& x);

/// A job as the ports show it, with its payload and result.
std::string to_json(const job& x);

/// What a worker needs of a job that it has.
std::string handed_json(const job& x);

} // namespace carillon
