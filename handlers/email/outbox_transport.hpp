#pragma once

#include "base/failure.hpp"
#include "handlers/email/mail_transport.hpp"

#include <memory>
#include <string>

namespace carillon {

/// Writes each mail into a separate file, `<SHA-256 of the message id>.eml`, instead of sending it.
/// A repeat replaces the same file.
class outbox_transport : public mail_transport {
public:
  /// Makes the directory. Errors: `store_unavailable`.
  static expected<std::unique_ptr<outbox_transport>> make(std::string directory);

  mail_result send(const composed_mail& x, std::chrono::steady_clock::time_point deadline) override;

private:
  explicit outbox_transport(std::string directory) : directory_(std::move(directory)) {
  }

  std::string directory_;
};

/// The name of a mail's file.
std::string outbox_file_name(const std::string& message_id);

} // namespace carillon
