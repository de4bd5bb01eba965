#pragma once

#include <string_view>

namespace carillon::admin {

/// `docs/openapi.yaml`, compiled into the binary.
std::string_view openapi_yaml() noexcept;

// The files of the operations page, `web/console/dist`, compiled into the binary.
std::string_view console_html() noexcept;
std::string_view console_js() noexcept;
std::string_view console_css() noexcept;

// The same of the portal.
std::string_view portal_html() noexcept;
std::string_view portal_js() noexcept;
std::string_view portal_css() noexcept;

} // namespace carillon::admin
