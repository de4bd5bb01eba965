#pragma once

#include "node/options/options.hpp"

#include <vector>

namespace carillon {

/// Options of TLS on the data port and the admin port, a part of `option_table`.
std::vector<option_spec> tls_table();

/// Rejects parts of a certificate, and a port without TLS that others reach, unless `insecure`.
/// Errors: `invalid_argument` with the option.
expected<void> check_tls(const node_options& x);

/// Ports without TLS that others reach, as lines for the operator.
std::vector<std::string> plain_ports(const node_options& x);

} // namespace carillon
