#pragma once

#include "base/failure.hpp"
#include "messages/contacts/document.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

class shared_files;

/// The bytes of documents, by their hash: in files of a directory, each called `<SHA-256>.pdf`, or
/// in the database of several nodes. Any thread.
class document_store {
public:
  /// Makes the directory, unless the bytes are in the database. Errors: `store_unavailable`.
  /// @param shared the database; null = files. A file of the directory is read all the same: an
  ///        earlier version has written it
  static expected<document_store> open(std::string directory,
                                       std::shared_ptr<shared_files> shared = nullptr);

  /// Writes the bytes, then adds the row by `add`, in this order, so that each row has its bytes.
  /// Fills in size, hash and content type. Returns the result of `add`. Errors:
  /// `store_unavailable`, `too_large`, `internal` (OpenSSL fails), those of `add`.
  expected<document> keep(document what, std::string_view bytes,
                          const std::function<expected<document>(const document&)>& add) const;

  /// Writes the bytes only.
  expected<void> write(const std::string& sha256, std::string_view bytes) const;

  /// The bytes of a document. Errors: `not_found`, `store_corrupt` (the hash differs),
  /// `store_unavailable`, `internal` (OpenSSL fails).
  expected<std::string> read(const document& x) const;

  /// Ends writes into the database under way, and all later ones, with `store_unavailable`.
  void stop_writes() const noexcept;

  /// Deletes the bytes, if they are there. Errors: `store_unavailable`.
  expected<void> remove(const document& x) const;

  /// The names of files of documents in the directory, which belong into the database: an earlier
  /// version has written them, or `carillon copy`. Empty if the bytes are in files.
  std::vector<std::string> left_files() const;

  /// Moves one of them. Errors: `not_found` (it is gone, or its document was deleted meanwhile by
  /// another node: then it is removed). It stays by `store_corrupt` (it cannot be read, or its
  /// bytes are not those of its name), `too_large`, and those of the database.
  expected<void> move(const std::string& name) const;

  const std::string& directory() const noexcept {
    return directory_;
  }

private:
  document_store(std::string directory, std::shared_ptr<shared_files> shared)
    : directory_(std::move(directory)), shared_(std::move(shared)) {
  }

  expected<std::string> bytes_of(const std::string& sha256) const;

  std::string directory_;
  std::shared_ptr<shared_files> shared_;
};

} // namespace carillon
