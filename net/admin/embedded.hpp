#pragma once

#include <string_view>

namespace carillon::admin {

/// `docs/openapi.yaml`, compiled into the binary.
std::string_view openapi_yaml() noexcept;

} // namespace carillon::admin
