#include "handlers/email/outbox_transport.hpp"

#include "base/crypto/sha256.hpp"
#include "base/file/durable_file.hpp"

namespace carillon {

std::string outbox_file_name(const std::string& message_id) {
  return sha256_hex(message_id) + ".eml";
}

expected<std::unique_ptr<outbox_transport>> outbox_transport::make(std::string directory) {
  if (auto ready = prepare_directory(directory); !ready)
    return ready.error();
  return std::unique_ptr<outbox_transport>{new outbox_transport{std::move(directory)}};
}

mail_result outbox_transport::send(const composed_mail& x, std::chrono::steady_clock::time_point) {
  auto name = outbox_file_name(x.message_id);
  if (auto written = write_durably(directory_, name, x.content); !written)
    return mail_result::temporary(written.error().detail);
  return mail_result::sent("written to " + name);
}

} // namespace carillon
