#pragma once

#include "handlers/email/mail_message.hpp"
#include "handlers/worker_access.hpp"
#include "messages/events/event.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon {

struct recipient {
  std::string user_id;
  /// Company of the contact; empty = none.
  std::string company_id;
  mailbox box;
};

/// A page of recipients of an event.
struct recipient_page {
  std::vector<recipient> recipients;
  /// Pass as `after` for the next page; empty at the end.
  std::string next;
};

/// True for an event with a group of recipients: `inventory.low_stock`, `system.maintenance`.
bool is_for_group(const event& x) noexcept;

/// The members of a group who get a mail about the event: without those who muted its type or have
/// no address; by user id and company, beyond `after`.
///
/// - `inventory.low_stock`: the contacts of its company whose role is `admin`
/// - `system.maintenance`: all contacts of its company, or, if it names none, of all companies
///
/// Errors: those of `access`.
expected<recipient_page> group_of(const event& x, const std::string& after,
                                  const worker_access& access);

/// This user as a recipient, if the event is for it. For a group as above: the contact of
/// `company_id`, or, if that is not given, the user's only contact. For other events: the event's
/// user, with the address in `user.registered`, or that of the contact at the event's company, or,
/// if there is none, of the contact without a company. Contacts of other companies with the same
/// user id never count. Errors: those of `access`; `invalid_argument` (the address in the event is
/// invalid, and no contact has another).
expected<std::optional<recipient>> recipient_of(const event& x, const std::string& user_id,
                                                const std::optional<std::string>& company_id,
                                                const worker_access& access);

} // namespace carillon
