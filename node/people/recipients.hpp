#pragma once

#include "messages/event.hpp"
#include "net/mail/mail_message.hpp"
#include "node/people/people_access.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon {

struct recipient {
  std::string user_id;
  mailbox box;
};

/// Most recipients of one event.
inline constexpr size_t max_recipients = 1'000;

/// An event of which several people are told, as a group: `inventory.low_stock`,
/// `system.maintenance`.
bool is_for_group(const event& x) noexcept;

/// Who is told of the event by mail: without those who muted its type, and those without an
/// address.
///
/// - `inventory.low_stock`: the contacts of its company whose role is `admin`
/// - `system.maintenance`: all contacts of its company, or, if it names none, of all companies
/// - `user.registered`: the event's own `email`, else as the others
/// - others: the contact of the event's user
///
/// A contact of another company than the event's gets nothing. At most `max_recipients`, by user
/// id. Errors: those of `access`.
expected<std::vector<recipient>> recipients_of(const event& x, const people_access& access);

/// This user, if still among them. Errors: those of `access`.
expected<std::optional<recipient>> recipient_of(const event& x, const std::string& user_id,
                                                const people_access& access);

} // namespace carillon
