#pragma once

#include "base/file/shared_files.hpp"
#include "persistence/postgres/connection.hpp"

#include <cstdint>
#include <mutex>
#include <string>

namespace carillon::postgres {

/// Documents and the text of mails in tables, over a connection for writes and one for reads: a
/// write may wait for a standby of the database.
class database_files final : public shared_files {
public:
  /// @param epoch what the node has counted the epoch up to
  database_files(const std::string& url, const postgres_options& options, int64_t epoch)
    : writes_(url, options), reads_(url, options, true), epoch_(std::to_string(epoch)) {
  }

  expected<void> put_document(const std::string& sha256, std::string_view bytes) override;
  expected<void> adopt_document(const std::string& sha256, std::string_view bytes) override;
  expected<std::string> read_document(const std::string& sha256) override;
  expected<void> remove_document(const std::string& sha256) override;
  expected<std::string> installation(const std::string& proposed) override;
  void stop_writes() noexcept override {
    writes_.interrupt();
  }

private:
  /// Runs a statement that writes, which may run twice. It answers how many owners of this epoch
  /// there are and, if it needs one, how many records of the document.
  expected<void> write(const char* statement, const connection::parameters& xs);
  /// Runs a statement that keeps the bytes of a document.
  expected<void> keep(const char* statement, const std::string& sha256, std::string_view bytes);

  std::mutex writing_;
  connection writes_;
  std::mutex reading_;
  connection reads_;
  std::string epoch_;
};

} // namespace carillon::postgres
