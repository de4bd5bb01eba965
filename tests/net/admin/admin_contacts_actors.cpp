#include "tests/net/admin/admin_contacts_actors.hpp"

#include "tests/net/admin/admin_actors.hpp"
#include "tests/net/admin/admin_job_actors.hpp"
#include "tests/support/fake_store.hpp"

namespace carillon::test {

namespace {

using optional_company = std::optional<std::string>;

template <class T>
bool is_of(const T& x, const optional_company& company) {
  return !company || x.company_id == *company;
}

expected<contact> find_contact(const admin_data& data, const std::string& user,
                               const optional_company& company) {
  const contact* found = nullptr;
  for (const auto& [key, x] : data.contacts) {
    if (x.user_id != user || !is_of(x, company))
      continue;
    if (found != nullptr)
      return failure{ec::conflict, "several companies", "companyId"};
    found = &x;
  }
  if (found == nullptr)
    return failure{ec::not_found, "there is no such contact", "userId"};
  return *found;
}

expected<contact> put(admin_data& data, const put_contact& x) {
  data.stamps.push_back(x.by);
  auto& out = data.contacts[{x.person.user_id, x.person.company_id}] = x.person;
  out.updated_at = from_micros(2'000'000);
  return out;
}

expected<atom::done> remove(admin_data& data, const delete_contact& x) {
  auto found = find_contact(data, x.user_id, x.company_id);
  if (!found)
    return found.error();
  data.stamps.push_back(x.by);
  data.contacts.erase({x.user_id, found->company_id});
  return atom::done_v;
}

expected<contact_list> contacts_of(const admin_data& data, const list_contacts& x) {
  contact_list out;
  for (const auto& [key, who] : data.contacts) {
    if (key.first + '\n' + key.second <= x.after || !is_of(who, x.company_id)
        || (x.role && who.role != *x.role))
      continue;
    if (out.items.size() == x.limit) {
      out.next = out.items.back().user_id + '\n' + out.items.back().company_id;
      break;
    }
    out.items.push_back(who);
  }
  return out;
}

expected<notification> find_notification(const admin_data& data, const get_notification& x) {
  for (const auto& y : data.notifications)
    if (y.id == x.id && is_of(y, x.company_id) && (x.user_id.empty() || y.user_id == x.user_id))
      return y;
  return failure{ec::not_found, "there is no such notification", "id"};
}

expected<notification_list> notifications_of(admin_data& data, const list_notifications& x) {
  std::vector<notification> all;
  notification_list out;
  for (const auto& y : data.notifications) {
    if (y.user_id != x.user_id || !is_of(y, x.company_id))
      continue;
    out.unread += y.read_at ? 0 : 1;
    if (!x.unread_only || !y.read_at)
      all.push_back(y);
  }
  auto page = data.page(std::move(all), x.page, [](const notification& y) { return y.id; });
  out.items = std::move(page.items);
  out.next = page.next;
  return out;
}

expected<uint64_t> read(admin_data& data, const read_notifications& x) {
  uint64_t count = 0;
  bool found = false;
  for (auto& y : data.notifications) {
    if (!is_of(y, x.company_id) || (x.id != 0 && y.id != x.id)
        || (!x.user_id.empty() && y.user_id != x.user_id))
      continue;
    found = true;
    count += y.read_at ? 0 : 1;
    y.read_at = from_micros(3'000'000);
  }
  if (x.id != 0 && !found)
    return failure{ec::not_found, "there is no such notification", "id"};
  return count;
}

expected<document> find_document(const admin_data& data, const get_document& x) {
  for (const auto& y : data.documents)
    if (y.id == x.id && is_of(y, x.company_id))
      return y;
  return failure{ec::not_found, "there is no such document", "id"};
}

expected<document_page> documents_of(admin_data& data, const list_documents& x) {
  std::vector<document> all;
  for (const auto& y : data.documents)
    if (is_of(y, x.page.company_id))
      all.push_back(y);
  return data.page(std::move(all), x.page, [](const document& y) { return y.id; });
}

} // namespace

contact& add_contact(admin_data& data, const std::string& user, const std::string& company) {
  auto& out = data.contacts[{user, company}];
  out.user_id = user;
  out.company_id = company;
  out.email = user + "@example.com";
  out.name = "Zo\xc3\xab";
  out.role = "admin";
  out.muted = {{contact_channel::email, "order.created"}, {contact_channel::notification, "*"}};
  out.updated_at = from_micros(1'000'000);
  return out;
}

notification& add_notification(admin_data& data, uint64_t id, const std::string& user,
                               const std::string& company) {
  auto& out = data.notifications.emplace_back();
  out.id = id;
  out.user_id = user;
  out.company_id = company;
  out.kind = "order.created";
  out.event_seq = id;
  out.title = "Order o-" + std::to_string(id) + " received";
  out.body = "We have received your order.";
  out.link = "/orders/o-" + std::to_string(id);
  out.created_at = from_micros(1'000'000);
  return out;
}

document& keep_document(admin_data& data, uint64_t id, const std::string& company) {
  auto& out = data.documents.emplace_back();
  out.id = id;
  out.key = "order_sheet/" + std::to_string(id);
  out.kind = "order_sheet";
  out.company_id = company;
  out.user_id = "u-" + std::to_string(id);
  out.event_seq = id;
  out.file_name = "order-o-" + std::to_string(id) + ".pdf";
  out.content_type = "application/pdf";
  out.sha256 = std::string(63, 'a') + std::to_string(id % 10);
  out.created_at = from_micros(1'000'000);
  auto content = "%PDF-" + std::to_string(id);
  out.size = content.size();
  data.files.insert_or_assign(out.sha256, expected<std::string>{content});
  return out;
}

expected<std::string> read_document(admin_data& data, const document& x) {
  if (data.before_file)
    data.before_file();
  std::lock_guard guard{data.mutex};
  auto i = data.files.find(x.sha256);
  if (i == data.files.end())
    return failure{ec::not_found, "cannot read /var/secret/place", {}};
  return i->second;
}

expected<uint64_t> delete_documents(admin_data& data, const document_removal& x) {
  std::lock_guard guard{data.mutex};
  if (data.broken)
    return failure{ec::store_unavailable, "cannot delete /var/secret/place", {}};
  data.stamps.push_back(x.by);
  auto count = std::erase_if(data.documents, [&](const document& y) {
    return (x.id != 0 ? y.id == x.id : y.created_at < x.before) && is_of(y, x.company_id);
  });
  if (count == 0 && x.id != 0)
    return failure{ec::not_found, "there is no such document", "id"};
  return count;
}

caf::behavior admin_contacts_state(caf::event_based_actor* self, admin_data* data) {
  return fake_store(
    [=](const list_jobs& x) {
      return reply<job_page>(self, data, false, [&] { return jobs_of(*data, x); });
    },
    [=](const retry_job& x) {
      return reply<job>(self, data, true, [&] { return retry(*data, x); });
    },
    [=](const retry_jobs& x) {
      return reply<uint64_t>(self, data, true, [&] { return retry(*data, x); });
    },
    [=](const cancel_job& x) {
      return reply<job>(self, data, true, [&] { return cancel(*data, x); });
    },
    [=](const get_job& x) {
      return reply<job>(self, data, false, [&] { return find_job(*data, x.id, x.company_id); });
    },
    [=](const put_contact& x) {
      return reply<contact>(self, data, true, [&] { return put(*data, x); });
    },
    [=](const delete_contact& x) {
      return reply<atom::done>(self, data, true, [&] { return remove(*data, x); });
    },
    [=](const get_contact& x) {
      return reply<contact>(self, data, false,
                            [&] { return find_contact(*data, x.user_id, x.company_id); });
    },
    [=](const list_contacts& x) {
      return reply<contact_list>(self, data, false, [&] { return contacts_of(*data, x); });
    },
    [=](const list_notifications& x) {
      return reply<notification_list>(self, data, false,
                                      [&] { return notifications_of(*data, x); });
    },
    [=](const get_notification& x) {
      return reply<notification>(self, data, false, [&] { return find_notification(*data, x); });
    },
    [=](const read_notifications& x) {
      return reply<uint64_t>(self, data, true, [&] { return read(*data, x); });
    },
    [=](const get_document& x) {
      return reply<document>(self, data, false, [&] { return find_document(*data, x); });
    },
    [=](const list_documents& x) {
      return reply<document_page>(self, data, false, [&] { return documents_of(*data, x); });
    });
}

} // namespace carillon::test
