#pragma once

#include "base/failure.hpp"
#include "handlers/email/mail_transport.hpp"
#include "handlers/email/mail_url.hpp"
#include "messages/contacts/mail_options.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace carillon {

struct smtp_options {
  /// A server. That of `smtps://` is always verified.
  mail_target server;
  smtp_tls tls = smtp_tls::automatic;
  /// PEM file with the authorities to trust; empty = the system's.
  std::string ca_file;
  /// Name of this client in EHLO; empty = the name of the machine.
  std::string hello;
  /// For a connection with its greeting, TLS and login; the deadline of a mail applies as well.
  std::chrono::milliseconds connect_deadline{15'000};
  /// Once true, a running attempt is aborted within about a second, as `temporary`. May be null.
  std::shared_ptr<const std::atomic<bool>> stop;
  /// As in `built_in_queue_options`.
  std::function<bool()> may_send = {};
};

/// Sends mails by SMTP (RFC 5321), by libcurl. The connection stays open from one mail to the next,
/// as long as the server keeps it; a connection that broke meanwhile is replaced. TLS is 1.2 or
/// newer.
class smtp_transport : public mail_transport {
public:
  /// Connects with the first mail. Errors: `invalid_argument` (the target is not a server),
  /// `internal` (libcurl lacks SMTP, or the system lacks resources).
  static expected<std::unique_ptr<smtp_transport>> make(smtp_options options);

  ~smtp_transport() override;

  smtp_transport(const smtp_transport&) = delete;
  smtp_transport& operator=(const smtp_transport&) = delete;

  mail_result send(const composed_mail& x, std::chrono::steady_clock::time_point deadline) override;

private:
  class impl;
  explicit smtp_transport(std::unique_ptr<impl> x);

  std::unique_ptr<impl> impl_;
};

} // namespace carillon
