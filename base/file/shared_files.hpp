#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// Most bytes of a document that is kept in the database.
inline constexpr uint64_t max_shared_document_bytes = uint64_t{16} * 1'024 * 1'024;

/// What else lies in files of one node, kept in the database of several: the node that takes over
/// has it. Writes of a node that was replaced are refused. Thread-safe; blocks.
class shared_files {
public:
  shared_files() = default;
  shared_files(const shared_files&) = delete;
  shared_files& operator=(const shared_files&) = delete;
  virtual ~shared_files() = default;

  /// Keeps the bytes of a document by their hash; other bytes that are there are replaced: they
  /// were damaged. Errors: `too_large`, `store_locked` (another node has the database),
  /// `store_unavailable`.
  /// @param sha256 64 hexadecimal digits, which nobody checks
  virtual expected<void> put_document(const std::string& sha256, std::string_view bytes) = 0;

  /// As `put_document`, of a document that is on record; `not_found` if none with this hash is: it
  /// was deleted, and its bytes are not to come back.
  virtual expected<void> adopt_document(const std::string& sha256, std::string_view bytes) = 0;

  /// Errors: `not_found`, `store_unavailable`.
  /// Waits for no write.
  virtual expected<std::string> read_document(const std::string& sha256) = 0;

  /// Does nothing if the document is not there. Errors: `store_locked`, `store_unavailable`.
  virtual expected<void> remove_document(const std::string& sha256) = 0;

  /// The text by which ids of mails differ from those of other installations: what the first node
  /// proposed. Errors: `store_locked`, `store_unavailable`.
  virtual expected<std::string> installation(const std::string& proposed) = 0;

  /// Ends the write under way, which may take place all the same, and all later ones, with
  /// `store_unavailable`: the node stops. Reads go on.
  virtual void stop_writes() noexcept = 0;
};

} // namespace carillon
