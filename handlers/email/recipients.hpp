#pragma once

#include "handlers/email/mail_message.hpp"
#include "handlers/people_access.hpp"
#include "messages/events/event.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon {

struct recipient {
  std::string user_id;
  /// As whose contact; empty = of no company.
  std::string company_id;
  mailbox box;
};

/// Some of those that are told of an event.
struct recipient_page {
  std::vector<recipient> people;
  /// Pass as `after` for the next page; empty at the end.
  std::string next;
};

/// An event of which several people are told, as a group: `inventory.low_stock`,
/// `system.maintenance`.
bool is_for_group(const event& x) noexcept;

/// Who of a group is told of the event by mail: without those who muted its type, and those without
/// an address; by user id and company, beyond `after`.
///
/// - `inventory.low_stock`: the contacts of its company whose role is `admin`
/// - `system.maintenance`: all contacts of its company, or, if it names none, of all companies
///
/// Errors: those of `access`.
expected<recipient_page> group_of(const event& x, const std::string& after,
                                  const people_access& access);

/// This user, if the event is for it: of a group as above, as a contact of `company_id`,
/// or, if that is not known, as the only contact there is; of others
/// the event's user, with the address that `user.registered` brings along, or that of the contact
/// of the event's company, or, if that has none, of the contact of no company. What other companies
/// keep of a user of the same name never counts. Errors: those of `access`; `invalid_argument` (the
/// address that the event brings along cannot be written to, and no contact has another).
expected<std::optional<recipient>> recipient_of(const event& x, const std::string& user_id,
                                                const std::optional<std::string>& company_id,
                                                const people_access& access);

} // namespace carillon
