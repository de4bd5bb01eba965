#pragma once

#include "base/failure.hpp"

#include <string>

namespace carillon {

/// Reads a file of exactly `bytes` random bytes, or of their base64 (RFC 4648) with or without a
/// line end, as secret volumes and environment-borne secrets have it. Only its owner may use it;
/// its group may read a file without write permissions (0440: a secret volume, where the owner is
/// root). Makes it, mode 0600, if there is none. It appears at its name complete and on disk, so
/// neither a crash nor two processes at once leave half a key or two. Errors: see
/// `secret_box::open`.
expected<std::string> read_or_make_key_file(const std::string& path, size_t bytes);

} // namespace carillon
