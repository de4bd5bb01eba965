#pragma once

#include "base/failure.hpp"

#include <caf/error.hpp>
#include <caf/make_message.hpp>

namespace carillon {

/// Packs a failure into an error of CAF; `to_failure` is its inverse.
caf::error to_error(failure x);

/// Unpacks an error of CAF. Codes of CAF itself map to `timeout` (request timeout),
/// `shutting_down` (the receiver is gone: the engine ends when
/// one of its actors does) and `internal` (all others, a request to nobody among them).
failure to_failure(const caf::error& x);

} // namespace carillon

CAF_ERROR_CODE_ENUM(carillon::ec, "carillon")
