#include "node/people/recipients.hpp"

#include "messages/plain_text.hpp"
#include "messages/strict_json.hpp"
#include "net/mail/mail_address.hpp"
#include "node/people/order_summary.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr size_t name_bytes = 128;
constexpr const char* admin_role = "admin";
/// Contacts that one request of `group_of` looks at.
constexpr size_t page_size = 500;

bool has_muted(const contact& who, const event& x) {
  return std::any_of(who.muted.begin(), who.muted.end(), [&](const auto& muted) {
    return muted.first == contact_channel::email && (muted.second == "*" || muted.second == x.type);
  });
}

/// Its company, or none that would be another.
bool is_near(const contact& who, const event& x) noexcept {
  return who.company_id.empty() || x.company_id.empty() || who.company_id == x.company_id;
}

bool is_in_group(const contact& who, const event& x) {
  if (!x.company_id.empty() && who.company_id != x.company_id)
    return false;
  return x.type != "inventory.low_stock" || who.role == admin_role;
}

recipient made_of(const contact& who) {
  return {who.user_id, {one_line(who.name, name_bytes), who.email}};
}

/// Empty if there is none. Errors: all but `not_found`.
expected<std::optional<contact>> find(const std::string& user_id, const people_access& access) {
  if (user_id.empty())
    return std::optional<contact>{};
  auto found = access.find_contact({.user_id = user_id});
  if (found)
    return std::optional{std::move(*found)};
  if (found.error().code == ec::not_found)
    return std::optional<contact>{};
  return found.error();
}

/// The address that a registration brings along; empty if it is none.
std::string own_address(const event& x) {
  if (x.type != "user.registered")
    return {};
  auto data = data_of(x);
  auto address = find_text(data, "email");
  return address && is_mail_address(*address) ? std::string{*address} : std::string{};
}

expected<std::optional<recipient>> single_of(const event& x, const people_access& access) {
  auto found = find(x.user_id, access);
  if (!found)
    return found.error();
  auto who = std::move(*found);
  if (who && !is_near(*who, x))
    who.reset();
  if (who && has_muted(*who, x))
    return std::optional<recipient>{};
  if (auto address = own_address(x); !address.empty())
    return std::optional<recipient>{
      {x.user_id, {who ? one_line(who->name, name_bytes) : std::string{}, std::move(address)}}};
  if (!who || who->email.empty())
    return std::optional<recipient>{};
  return std::optional<recipient>{made_of(*who)};
}

} // namespace

bool is_for_group(const event& x) noexcept {
  return x.type == "inventory.low_stock" || x.type == "system.maintenance";
}

expected<recipient_page> group_of(const event& x, const std::string& after,
                                  const people_access& access) {
  list_contacts request{.after = after, .limit = page_size};
  if (!x.company_id.empty())
    request.company_id = x.company_id;
  if (x.type == "inventory.low_stock") {
    // Of no company, there are no admins.
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
      out.people.push_back(made_of(who));
  return out;
}

expected<std::optional<recipient>> recipient_of(const event& x, const std::string& user_id,
                                                const people_access& access) {
  if (!is_for_group(x))
    return user_id == x.user_id ? single_of(x, access)
                                : expected<std::optional<recipient>>{std::optional<recipient>{}};
  auto found = find(user_id, access);
  if (!found)
    return found.error();
  const auto& who = *found;
  if (!who || !is_in_group(*who, x) || who->email.empty() || has_muted(*who, x))
    return std::optional<recipient>{};
  return std::optional<recipient>{made_of(*who)};
}

} // namespace carillon
