#include "persistence/state/operators/audit_seal.hpp"

#include "base/crypto/digest_input.hpp"
#include "base/file/durable_file.hpp"

#include <openssl/crypto.h>

#include <charconv>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace carillon {

namespace {

/// Separates seals in the file from seals in the store.
constexpr std::string_view purpose_of_file = "file";

/// More than the longest line that we write.
constexpr size_t most_bytes = 256;

std::string bytes_of(const audit_end& x) {
  std::string out;
  append_digest_integer(out, x.number);
  out.append(view_of(x.hash));
  return out;
}

failure damaged(const std::string& file) {
  return {ec::store_corrupt,
          file
            + " was not written with the key of this node, or is damaged; give the node its key "
              "file, or see \"A new key, or an older copy\" in docs/operations.md",
          {}};
}

failure no_seal() {
  return {ec::internal, "OpenSSL failed at HMAC-SHA-256", {}};
}

} // namespace

std::optional<audit_digest> audit_seal::try_seal(const audit_end& x,
                                                 std::string_view log_first) const {
  return try_hmac_sha256(key_, bytes_of(x) + std::string{log_first});
}

std::string audit_seal::seal_of(const audit_end& x, std::string_view log_first) const {
  const auto seal = try_seal(x, log_first);
  if (!seal)
    throw std::runtime_error(no_seal().detail);
  return std::string{view_of(*seal)};
}

bool audit_seal::is_seal(std::string_view seal, const audit_end& x,
                         std::string_view log_first) const {
  const auto right = seal_of(x, log_first);
  return seal.size() == right.size() && CRYPTO_memcmp(seal.data(), right.data(), right.size()) == 0;
}

expected<std::optional<audit_end>> audit_seal::kept() const {
  const auto line = read_whole(file_, most_bytes);
  if (!line && line.error().code == ec::not_found)
    return std::optional<audit_end>{};
  if (!line)
    return line.error().code == ec::too_large ? damaged(file_) : line.error();
  audit_end out;
  const auto read = std::from_chars(line->data(), line->data() + line->size(), out.number);
  const std::string_view rest{read.ptr,
                              static_cast<size_t>(line->data() + line->size() - read.ptr)};
  // ` hash seal\n`
  if (read.ec != std::errc{} || rest.size() != 131 || rest[0] != ' ' || rest[65] != ' ')
    return damaged(file_);
  const auto hash = digest_from_hex(rest.substr(1, 64));
  const auto seal = digest_from_hex(rest.substr(66, 64));
  if (!hash || !seal)
    return damaged(file_);
  out.hash = *hash;
  const auto right = try_seal(out, purpose_of_file);
  if (!right)
    return no_seal();
  if (*right != *seal)
    return damaged(file_);
  return std::optional{out};
}

expected<void> audit_seal::keep(const audit_end& x) const {
  const auto seal = try_seal(x, purpose_of_file);
  if (!seal)
    return no_seal();
  const auto line = std::to_string(x.number) + ' ' + to_hex(x.hash) + ' ' + to_hex(*seal) + '\n';
  const std::filesystem::path file{file_};
  return write_durably(file.parent_path().string(), file.filename().string(), line);
}

} // namespace carillon
