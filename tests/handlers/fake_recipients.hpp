#pragma once

#include "handlers/email/mail_transport.hpp"
#include "handlers/worker_access.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace carillon::test {

/// The log, the contacts, the documents and the jobs, in memory. The functions from `access` are
/// thread-safe.
struct fake_recipients {
  std::mutex lock;
  std::map<position, event_ptr> events;
  /// By user and company, see `key_of`.
  std::map<std::string, contact> contacts;
  std::map<std::string, document> documents;
  /// By key.
  std::map<std::string, job_draft> jobs;
  /// Calls of this name fail.
  std::string broken;
  size_t pages = 0;
  size_t added_documents = 0;

  position add(std::string type, std::string data, std::string company = "c-1",
               std::string user = "u-1") {
    auto x = std::make_shared<event>();
    x->seq = events.size() + 1;
    x->id = "e-" + std::to_string(x->seq);
    x->type = std::move(type);
    x->company_id = std::move(company);
    x->user_id = std::move(user);
    x->time = from_rfc3339("2026-11-23T22:23:01Z").value();
    x->data = std::move(data);
    events[x->seq] = x;
    return x->seq;
  }

  static std::string key_of(const std::string& user, const std::string& company) {
    return user + '\n' + company;
  }

  void put(contact x) {
    contacts[key_of(x.user_id, x.company_id)] = std::move(x);
  }

  expected<contact> only_one(const std::string& user) {
    std::vector<contact> found;
    for (const auto& [key, x] : contacts)
      if (x.user_id == user)
        found.push_back(x);
    if (found.size() == 1)
      return found.front();
    return failure{found.empty() ? ec::not_found : ec::conflict, "not one", {}};
  }

  template <class T>
  expected<T> find(const std::map<std::string, T>& in, const std::string& key, const char* name) {
    std::lock_guard guard{lock};
    if (broken == name)
      return failure{ec::store_unavailable, "the store is away", {}};
    auto found = in.find(key);
    if (found == in.end())
      return failure{ec::not_found, "not there", {}};
    return found->second;
  }

  contact_list page_of(const list_contacts& x) {
    contact_list out;
    ++pages;
    for (auto at = contacts.upper_bound(x.after); at != contacts.end(); ++at) {
      const auto& who = at->second;
      if ((x.company_id && who.company_id != *x.company_id) || (x.role && who.role != *x.role))
        continue;
      if (out.items.size() == x.limit) {
        out.next = key_of(out.items.back().user_id, out.items.back().company_id);
        break;
      }
      out.items.push_back(who);
    }
    return out;
  }

  old_documents old_ones(const find_old_documents& x) {
    old_documents out;
    for (const auto& [key, y] : documents) {
      auto fits = x.id != 0 ? y.id == x.id : y.created_at < x.before;
      if (!fits || (x.company_id && y.company_id != *x.company_id) || out.size() == x.limit)
        continue;
      auto& found = out.emplace_back();
      found.what = y;
      for (const auto& [other, z] : documents)
        found.others += z.sha256 == y.sha256 && other != key ? 1 : 0;
    }
    return out;
  }

  worker_access access() {
    worker_access out;
    out.find_event = [this](position seq) -> expected<event_ptr> {
      std::lock_guard guard{lock};
      if (broken == "find_event")
        return failure{ec::timeout, "too slow", {}};
      if (!events.contains(seq))
        return failure{ec::not_found, "no such event", {}};
      return events[seq];
    };
    out.find_contact = [this](const get_contact& x) {
      return x.company_id ? find(contacts, key_of(x.user_id, *x.company_id), "find_contact")
                          : only_one(x.user_id);
    };
    out.contacts = [this](const list_contacts& x) -> expected<contact_list> {
      std::lock_guard guard{lock};
      if (broken == "contacts")
        return failure{ec::store_unavailable, "the store is away", {}};
      return page_of(x);
    };
    out.find_document
      = [this](const get_document& x) { return find(documents, x.key, "find_document"); };
    out.add_document = [this](const document& x) -> expected<document> {
      std::lock_guard guard{lock};
      if (broken == "add_document")
        return failure{ec::store_unavailable, "the store is away", {}};
      ++added_documents;
      auto made = x;
      made.id = added_documents;
      return documents.emplace(x.key, made).first->second;
    };
    out.find_old_documents = [this](const find_old_documents& x) -> expected<old_documents> {
      std::lock_guard guard{lock};
      if (broken == "find_old_documents")
        return failure{ec::store_unavailable, "the store is away", {}};
      return old_ones(x);
    };
    out.remove_documents = [this](const remove_documents& x) -> expected<uint64_t> {
      std::lock_guard guard{lock};
      if (broken == "remove_documents")
        return failure{ec::store_unavailable, "the store is away", {}};
      return std::erase_if(documents, [&](const auto& y) {
        return std::find(x.ids.begin(), x.ids.end(), y.second.id) != x.ids.end();
      });
    };
    out.enqueue = [this](const enqueue_jobs& x) -> expected<enqueued_jobs> {
      std::lock_guard guard{lock};
      if (broken == "enqueue")
        return failure{ec::store_unavailable, "the store is away", {}};
      enqueued_jobs ids;
      for (const auto& draft : x.drafts)
        ids.push_back({.id = ids.size() + 1, .duplicate = !jobs.emplace(draft.key, draft).second});
      return ids;
    };
    return out;
  }
};

/// Mails passed to its transports, and their answers.
struct fake_post {
  std::vector<composed_mail> mails;
  mail_result answer = mail_result::sent("250 taken");
  size_t made = 0;

  class transport : public mail_transport {
  public:
    explicit transport(fake_post& post) : post_(post) {
    }
    mail_result send(const composed_mail& x, std::chrono::steady_clock::time_point) override {
      post_.mails.push_back(x);
      return post_.answer;
    }

  private:
    fake_post& post_;
  };

  std::unique_ptr<mail_transport> make() {
    ++made;
    return std::make_unique<transport>(*this);
  }
};

} // namespace carillon::test
