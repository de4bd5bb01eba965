#pragma once

#include "base/json/writer.hpp"
#include "messages/consumers/consumer.hpp"

namespace carillon::admin {

/// The members about the progress of a consumer, within an object.
void put_progress(json_writer& out, const consumer_status& x);

} // namespace carillon::admin
