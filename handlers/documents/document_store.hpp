#pragma once

#include "base/failure.hpp"
#include "messages/contacts/document.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace carillon {

/// The files of documents: each is called `<SHA-256 of its bytes>.pdf`. Any thread.
class document_store {
public:
  /// Makes the directory. Errors: `store_unavailable`.
  static expected<document_store> open(std::string directory);

  /// Writes the file, then adds its row by `add`, in this order, so that each row has a file. Fills
  /// in size, hash and content type. Returns the result of `add`. Errors: `store_unavailable`,
  /// `internal` (OpenSSL fails), those of `add`.
  expected<document> keep(document what, std::string_view bytes,
                          const std::function<expected<document>(const document&)>& add) const;

  /// Writes the file only.
  expected<void> write(const std::string& sha256, std::string_view bytes) const;

  /// The bytes of a document. Errors: `not_found`, `store_corrupt` (the hash differs),
  /// `store_unavailable`, `internal` (OpenSSL fails).
  expected<std::string> read(const document& x) const;

  /// Deletes the file; a missing file is not an error. Errors: `store_unavailable`.
  expected<void> remove(const document& x) const;

private:
  explicit document_store(std::string directory) : directory_(std::move(directory)) {
  }

  std::string directory_;
};

} // namespace carillon
