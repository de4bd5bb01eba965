#include "handlers/documents/document_store.hpp"

#include "base/crypto/sha256.hpp"
#include "base/file/durable_file.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace carillon {

namespace {

constexpr size_t max_bytes = size_t{64} * 1'024 * 1'024;

std::string file_name(const std::string& sha256) {
  return sha256 + ".pdf";
}

/// The hash becomes a path, so only a valid hash is allowed.
bool is_hash(std::string_view x) noexcept {
  return x.size() == 64 && std::all_of(x.begin(), x.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

failure no_hash() {
  return {ec::internal, "OpenSSL failed at SHA-256", {}};
}

} // namespace

expected<document_store> document_store::open(std::string directory) {
  if (auto ready = prepare_directory(directory); !ready)
    return ready.error();
  return document_store{std::move(directory)};
}

expected<void> document_store::write(const std::string& sha256, std::string_view bytes) const {
  return write_durably(directory_, file_name(sha256), bytes);
}

expected<document>
document_store::keep(document what, std::string_view bytes,
                     const std::function<expected<document>(const document&)>& add) const {
  auto hash = try_sha256_hex(bytes);
  if (!hash)
    return no_hash();
  what.sha256 = std::move(*hash);
  what.size = bytes.size();
  what.content_type = "application/pdf";
  if (auto written = write(what.sha256, bytes); !written)
    return written.error();
  return add(what);
}

expected<std::string> document_store::read(const document& x) const {
  if (!is_hash(x.sha256))
    return failure{ec::store_corrupt, "the document has no hash", {}};
  auto out = read_whole(directory_ + '/' + file_name(x.sha256), max_bytes);
  if (!out)
    return out;
  const auto hash = try_sha256_hex(*out);
  if (!hash)
    return no_hash();
  if (*hash != x.sha256)
    return failure{ec::store_corrupt, "the file of the document is not what it was", {}};
  return out;
}

expected<void> document_store::remove(const document& x) const {
  // A row without a hash has no file.
  if (!is_hash(x.sha256))
    return {};
  std::error_code error;
  std::filesystem::remove(directory_ + '/' + file_name(x.sha256), error);
  if (error)
    return failure{ec::store_unavailable,
                   "cannot delete a document from " + directory_ + ": " + error.message(),
                   {}};
  return {};
}

} // namespace carillon
