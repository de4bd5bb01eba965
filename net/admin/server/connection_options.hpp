#pragma once

#include "net/admin/admin_port.hpp"
#include "net/data/port_options.hpp"

namespace carillon {

/// The connections of the admin port work like those of the data port, with their own limits.
data_port_options connection_options(const admin_port_options& x);

} // namespace carillon
