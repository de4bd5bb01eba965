#pragma once

#include "base/json/appender.hpp"
#include "base/json/object_reader.hpp"
#include "messages/inbound/source.hpp"

namespace carillon {

// Sources as JSON: for the store, and for those who set them up.

/// Reads the members of a source but name, company and secret, over what its preset has. Faults are
/// kept in the reader.
inbound_source read_inbound_source(object_reader& in);

/// Appends the same members.
void put_inbound_source(json_appender& out, const inbound_source& x);

} // namespace carillon
