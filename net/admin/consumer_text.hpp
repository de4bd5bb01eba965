#pragma once

#include "messages/consumer.hpp"
#include "net/admin/json_text.hpp"

namespace carillon::admin {

/// The members about the progress of a consumer, within an object.
void put_progress(json_text& out, const consumer_status& x);

} // namespace carillon::admin
