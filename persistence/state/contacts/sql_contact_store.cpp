#include "persistence/state/contacts/sql_contact_store.hpp"

#include "persistence/state/operators/operator_audit.hpp"

#include <algorithm>

#define CARILLON_CONTACTS "SELECT user_id, company_id, email, name, role, updated_at FROM contacts "

namespace carillon::sql {

namespace {

namespace q {

const sql_query put_contact{
  "put_contact", "INSERT INTO contacts (user_id, company_id, email, name, role, updated_at) "
                 "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (user_id, company_id) DO UPDATE SET "
                 "email = excluded.email, name = excluded.name, role = excluded.role, "
                 "updated_at = excluded.updated_at"};
const sql_query contact{"contact", CARILLON_CONTACTS "WHERE user_id = ?1 AND company_id = ?2"};
const sql_query contacts_of_user{"contacts_of_user", CARILLON_CONTACTS
                                 "WHERE user_id = ?1 ORDER BY user_id, company_id LIMIT 2"};
const sql_query erase_contact{"erase_contact",
                              "DELETE FROM contacts WHERE user_id = ?1 AND company_id = ?2"};
const sql_query contacts{"contacts", CARILLON_CONTACTS
                         "WHERE (user_id, company_id) > (?1, ?5) AND (?3 = 0 OR role = ?4) "
                         "ORDER BY user_id, company_id LIMIT ?2"};
const sql_query contacts_of_company{
  "contacts_of_company",
  CARILLON_CONTACTS "WHERE company_id = ?5 AND user_id > ?1 AND (?3 = 0 OR role = ?4) "
                    "ORDER BY user_id LIMIT ?2"};
const sql_query insert_mute{"insert_mute",
                            "INSERT INTO contact_mutes (user_id, company_id, channel, kind) "
                            "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"};
const sql_query erase_mutes{"erase_mutes",
                            "DELETE FROM contact_mutes WHERE user_id = ?1 AND company_id = ?2"};
const sql_query mutes{
  "mutes", "SELECT channel, kind FROM contact_mutes WHERE user_id = ?1 AND company_id = ?2 "
           "ORDER BY channel, kind"};

} // namespace q

contact contact_of(const statement& row) {
  return {.user_id = row.string(0),
          .company_id = row.string(1),
          .email = row.string(2),
          .name = row.string(3),
          .role = row.string(4),
          .muted = {},
          .updated_at = from_micros(row.integer(5))};
}

audit_entry entry_of(const operator_stamp& by, timestamp now, std::string action,
                     const contact& x) {
  auto out = operator_entry(by, now, std::move(action), "user:" + x.user_id);
  out.company_id = x.company_id;
  return out;
}

/// Names of the fields that differ.
std::vector<std::string_view> difference(const contact& x, const contact& y) {
  std::vector<std::string_view> out;
  auto compare = [&](std::string_view name, const auto& a, const auto& b) {
    if (a != b)
      out.push_back(name);
  };
  compare("email", x.email, y.email);
  compare("name", x.name, y.name);
  compare("role", x.role, y.role);
  compare("muted", x.muted, y.muted);
  return out;
}

/// Separates user and company in the cursor of a list. Neither has control characters.
constexpr char between = '\n';

std::string next_after(const contact& x) {
  return x.user_id + between + x.company_id;
}

} // namespace

void sql_contact_store::read_mutes(contact& of) {
  auto row
    = db_.sql().query(q::mutes, std::string_view{of.user_id}, std::string_view{of.company_id});
  while (row.next())
    of.muted.emplace_back(static_cast<contact_channel>(row->integer(0)), row->string(1));
}

expected<contact> sql_contact_store::find(const std::string& user_id,
                                          const std::optional<std::string>& company_id) {
  contact out;
  {
    const std::string_view user{user_id};
    auto row = company_id ? db_.sql().query(q::contact, user, std::string_view{*company_id})
                          : db_.sql().query(q::contacts_of_user, user);
    if (!row.next())
      return failure{ec::not_found, "there is no such contact", "userId"};
    out = contact_of(*row);
    if (row.next())
      return failure{
        ec::conflict,
        "this user is a contact of several companies: say by companyId which one is meant",
        "companyId"};
  }
  read_mutes(out);
  return out;
}

expected<contact> sql_contact_store::put(const put_contact& x, timestamp now) {
  return db_.writing([&]() -> expected<contact> {
    auto out = x.person;
    auto before = find(out.user_id, out.company_id);
    out.updated_at = now;
    std::sort(out.muted.begin(), out.muted.end());
    out.muted.erase(std::unique(out.muted.begin(), out.muted.end()), out.muted.end());
    const std::string_view user{out.user_id};
    const std::string_view company{out.company_id};
    db_.sql().run(q::put_contact, user, company, std::string_view{out.email},
                  std::string_view{out.name}, std::string_view{out.role}, to_micros(now));
    db_.sql().run(q::erase_mutes, user, company);
    for (const auto& [channel, kind] : out.muted)
      db_.sql().run(q::insert_mute, user, company, static_cast<int64_t>(channel),
                    std::string_view{kind});
    auto entry = entry_of(x.by, now, "contact.changed", out);
    // The role may be recorded. Addresses and names stay out of the chain, since they could never
    // be removed from it.
    entry.detail = audit_detail{}
                     .add("role", std::string_view{out.role})
                     .add("fields", difference(before ? *before : contact{}, out))
                     .text();
    audit_.append(entry);
    return out;
  });
}

expected<void> sql_contact_store::remove(const delete_contact& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    auto found = find(x.user_id, x.company_id);
    if (!found)
      return found.error();
    const std::string_view company{found->company_id};
    db_.sql().run(q::erase_mutes, std::string_view{x.user_id}, company);
    db_.sql().run(q::erase_contact, std::string_view{x.user_id}, company);
    auto entry = entry_of(x.by, now, "contact.deleted", *found);
    entry.detail = audit_detail{}.add("role", std::string_view{found->role}).text();
    audit_.append(entry);
    return {};
  });
}

expected<contact> sql_contact_store::get(const get_contact& x) {
  return db_.reading([&] { return find(x.user_id, x.company_id); });
}

expected<contact_list> sql_contact_store::list(const list_contacts& x) {
  return db_.reading([&]() -> expected<contact_list> {
    const auto limit = std::clamp<size_t>(x.limit, 1, 1'000);
    const std::string_view role{x.role ? *x.role : std::string_view{}};
    const std::string_view after{x.after};
    const auto cut = after.find(between);
    const auto user = after.substr(0, cut);
    const auto company = cut == std::string_view::npos ? std::string_view{} : after.substr(cut + 1);
    contact_list out;
    {
      auto row = db_.sql().query(
        either(x.company_id.has_value(), q::contacts_of_company, q::contacts), user, limit + 1,
        x.role ? 1 : 0, role, x.company_id ? std::string_view{*x.company_id} : company);
      while (out.items.size() < limit && row.next())
        out.items.push_back(contact_of(*row));
      if (out.items.size() == limit && row.next())
        out.next = next_after(out.items.back());
    }
    for (auto& y : out.items)
      read_mutes(y);
    return out;
  });
}

} // namespace carillon::sql
