#pragma once

#include "handlers/documents/order_sheets.hpp"
#include "handlers/email/mail_rates.hpp"
#include "handlers/email/mail_transport.hpp"
#include "handlers/email/recipients.hpp"
#include "handlers/email/templates.hpp"
#include "handlers/job_payload.hpp"
#include "messages/jobs/queue.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

struct email_options {
  mailbox from;
  /// Distinguishes installations in message ids; `[a-z0-9]`, see `installation_id`.
  std::string installation;
  /// Hosts that texts of events may link to.
  std::vector<std::string> link_hosts = {};
  /// Shared by all workers; null = no limit.
  std::shared_ptr<mail_rates> rates = nullptr;
};

/// Runs the jobs of the queue `email`: one job is one mail to one recipient, `email.<template>`.
///
/// An event for a group becomes a job for each recipient. Its key is that of the first job with
/// `/to/<user id>` (`/of/<n>:<company>/to/<user id>` for all companies). So each mail has its own
/// attempts, outcome and message id. A rejected address does not affect other mails, a repeat
/// reaches only recipients without a mail, and recipients do not see each other's addresses.
///
/// The message id is `job-<id>.<installation>@<domain of from>`, and the date is the job's, so a
/// repeat is the same mail, byte for byte, while the contact is unchanged.
class email_runner : public job_runner {
public:
  using make_transport = std::function<expected<std::unique_ptr<mail_transport>>()>;

  /// The transport is made with the first mail, on the worker's thread.
  email_runner(worker_access access, std::shared_ptr<const template_set> templates,
               order_sheets_ptr sheets, email_options options, make_transport make)
    : access_(std::move(access)), templates_(std::move(templates)), sheets_(std::move(sheets)),
      options_(std::move(options)), make_(std::move(make)) {
  }

  /// If done, `error` is empty, or explains why there was no recipient.
  job_outcome run(const job& x, std::chrono::steady_clock::time_point deadline) override;

private:
  job_outcome send_to_group(const job& x, const job_payload& payload, const event& what,
                            std::chrono::steady_clock::time_point deadline);
  job_outcome send_to(const job& x, const job_payload& payload, const event& what,
                      const recipient& who, std::chrono::steady_clock::time_point deadline);
  expected<mail_message> message_for(const job& x, const job_payload& payload, const event& what,
                                     const recipient& who) const;
  job_outcome hand_over(const composed_mail& mail, std::chrono::steady_clock::time_point deadline);

  worker_access access_;
  std::shared_ptr<const template_set> templates_;
  order_sheets_ptr sheets_;
  email_options options_;
  make_transport make_;
  std::unique_ptr<mail_transport> transport_;
};

} // namespace carillon
