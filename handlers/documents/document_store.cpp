#include "handlers/documents/document_store.hpp"

#include "base/crypto/sha256.hpp"
#include "base/file/durable_file.hpp"
#include "base/file/shared_files.hpp"

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

expected<document_store> document_store::open(std::string directory,
                                              std::shared_ptr<shared_files> shared) {
  if (!shared)
    if (auto ready = prepare_directory(directory); !ready)
      return ready.error();
  return document_store{std::move(directory), std::move(shared)};
}

expected<void> document_store::write(const std::string& sha256, std::string_view bytes) const {
  if (shared_)
    return shared_->put_document(sha256, bytes);
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

expected<std::string> document_store::bytes_of(const std::string& sha256) const {
  if (shared_) {
    auto out = shared_->read_document(sha256);
    if (out || out.error().code != ec::not_found)
      return out;
  }
  auto in_file = read_whole(directory_ + '/' + file_name(sha256), max_bytes);
  if (in_file || !shared_ || in_file.error().code != ec::not_found)
    return in_file;
  // It may have been moved since.
  return shared_->read_document(sha256);
}

void document_store::stop_writes() const noexcept {
  if (shared_)
    shared_->stop_writes();
}

expected<std::string> document_store::read(const document& x) const {
  if (!is_hash(x.sha256))
    return failure{ec::store_corrupt, "the document has no hash", {}};
  auto out = bytes_of(x.sha256);
  if (!out)
    return out;
  const auto hash = try_sha256_hex(*out);
  if (!hash)
    return no_hash();
  if (*hash != x.sha256)
    return failure{ec::store_corrupt, "the content of the document is not what it was", {}};
  return out;
}

std::vector<std::string> document_store::left_files() const {
  std::vector<std::string> out;
  if (!shared_)
    return out;
  std::error_code error;
  std::filesystem::directory_iterator at{directory_, error};
  for (; !error && at != std::filesystem::directory_iterator{}; at.increment(error)) {
    const auto& path = at->path();
    if (path.extension() == ".pdf" && is_hash(path.stem().string()))
      out.push_back(path.filename().string());
  }
  return out;
}

expected<void> document_store::move(const std::string& name) const {
  const auto path = std::filesystem::path{directory_} / name;
  const auto sha256 = path.stem().string();
  auto bytes = read_whole(path.string(), max_bytes);
  // It says nothing about the database.
  if (!bytes && bytes.error().code == ec::store_unavailable)
    return failure{ec::store_corrupt, bytes.error().detail, {}};
  if (!bytes)
    return bytes.error();
  const auto hash = try_sha256_hex(*bytes);
  if (!hash)
    return no_hash();
  if (*hash != sha256)
    return failure{ec::store_corrupt, path.string() + " is not what its name says", {}};
  const auto adopted = shared_->adopt_document(sha256, *bytes);
  if (!adopted && adopted.error().code != ec::not_found)
    return adopted.error();
  // One that stays is moved again, which changes nothing.
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return adopted;
}

expected<void> document_store::remove(const document& x) const {
  // A row without a hash has no file.
  if (!is_hash(x.sha256))
    return {};
  if (shared_)
    if (auto removed = shared_->remove_document(x.sha256); !removed)
      return removed;
  std::error_code error;
  std::filesystem::remove(directory_ + '/' + file_name(x.sha256), error);
  if (error)
    return failure{ec::store_unavailable,
                   "cannot delete a document from " + directory_ + ": " + error.message(),
                   {}};
  return {};
}

} // namespace carillon
