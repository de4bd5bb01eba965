#pragma once

#include <string_view>

namespace carillon::admin {

/// True for an origin in the form of a policy's `frame-ancestors`: `https://app.example`, also with
/// a port (`:8443`, `:*`), with `*.` for all names below a domain, or with `http`. No path, no
/// IPv6: policies know none.
bool is_frame_origin(std::string_view text) noexcept;

} // namespace carillon::admin
