#include "handlers/email/recipients.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/ascii.hpp"
#include "base/text/mail_address.hpp"
#include "base/text/plain_text.hpp"
#include "base/text/utf8.hpp"
#include "handlers/documents/order_summary.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr size_t name_bytes = 128;
constexpr const char* admin_role = "admin";
/// Contacts that one request of `group_of` examines.
constexpr size_t page_size = 500;

bool has_muted(const contact& who, const event& x) {
  return std::any_of(who.muted.begin(), who.muted.end(), [&](const auto& muted) {
    return muted.first == contact_channel::email && (muted.second == "*" || muted.second == x.type);
  });
}

bool is_in_group(const contact& who, const event& x) {
  if (!x.company_id.empty() && who.company_id != x.company_id)
    return false;
  return x.type != "inventory.low_stock" || who.role == admin_role;
}

recipient made_of(const contact& who) {
  return {who.user_id, who.company_id, {one_line(who.name, name_bytes), who.email}};
}

/// Empty if there is none. Errors: all but `not_found`.
expected<std::optional<contact>> contact_at(const std::string& user_id,
                                            const std::optional<std::string>& company_id,
                                            const worker_access& access) {
  if (user_id.empty())
    return std::optional<contact>{};
  auto found = access.find_contact({.user_id = user_id, .company_id = company_id});
  if (found)
    return std::optional{std::move(*found)};
  if (found.error().code == ec::not_found)
    return std::optional<contact>{};
  return found.error();
}

/// The contact of the event's user at its company, or else the contact without a company. Contacts
/// of other companies with this user id are ignored.
expected<std::optional<contact>> user_of(const event& x, const worker_access& access) {
  auto found = contact_at(x.user_id, x.company_id, access);
  if (!found || *found || x.company_id.empty())
    return found;
  return contact_at(x.user_id, std::string{}, access);
}

/// The address in a registration, without blanks around it; empty if there is none.
std::string own_address(const event& x) {
  if (x.type != "user.registered")
    return {};
  auto data = data_of(x);
  auto address = find_text(data, "email").value_or("");
  return std::string{trimmed(address, blanks_and_line_ends)};
}

failure unusable(const std::string& address) {
  return {ec::invalid_argument,
          "the event's address '" + excerpt(address)
            + "' is none that mail can be sent to: local@domain, all ASCII, at most 254 bytes, a "
              "domain in another script as xn--…",
          "email"};
}

expected<std::optional<recipient>> single_of(const event& x, const worker_access& access) {
  auto found = user_of(x, access);
  if (!found)
    return found.error();
  auto who = std::move(*found);
  if (who && has_muted(*who, x))
    return std::optional<recipient>{};
  auto address = own_address(x);
  if (is_mail_address(address))
    return std::optional<recipient>{
      {x.user_id,
       x.company_id,
       {who ? one_line(who->name, name_bytes) : std::string{}, std::move(address)}}};
  if (who && !who->email.empty())
    return std::optional<recipient>{made_of(*who)};
  // An intended recipient cannot be reached, which is a failure.
  if (!address.empty())
    return unusable(address);
  return std::optional<recipient>{};
}

} // namespace

bool is_for_group(const event& x) noexcept {
  return x.type == "inventory.low_stock" || x.type == "system.maintenance";
}

expected<recipient_page> group_of(const event& x, const std::string& after,
                                  const worker_access& access) {
  list_contacts request{.after = after, .limit = page_size};
  if (!x.company_id.empty())
    request.company_id = x.company_id;
  if (x.type == "inventory.low_stock") {
    // Without a company there are no admins.
    if (x.company_id.empty())
      return recipient_page{};
    request.role = admin_role;
  }
  auto page = access.contacts(request);
  if (!page)
    return page.error();
  recipient_page out;
  out.next = page->next;
  for (const auto& who : page->items)
    if (is_in_group(who, x) && !who.email.empty() && !has_muted(who, x))
      out.recipients.push_back(made_of(who));
  return out;
}

expected<std::optional<recipient>> recipient_of(const event& x, const std::string& user_id,
                                                const std::optional<std::string>& company_id,
                                                const worker_access& access) {
  if (!is_for_group(x))
    return user_id == x.user_id ? single_of(x, access)
                                : expected<std::optional<recipient>>{std::optional<recipient>{}};
  auto found = contact_at(user_id, company_id, access);
  if (!found)
    return found.error();
  const auto& who = *found;
  if (!who || !is_in_group(*who, x) || who->email.empty() || has_muted(*who, x))
    return std::optional<recipient>{};
  return std::optional<recipient>{made_of(*who)};
}

} // namespace carillon
