#include "actors/sessions/session_hub.hpp"

#include "messages/access/audit.hpp"
#include "messages/actor_defaults.hpp"

#include <algorithm>

// Operators' views of sessions, and actions on them.

namespace carillon {

namespace {

bool is_of(const viewer& who, const std::optional<std::string>& company_id) {
  return !company_id || who.company_id == *company_id;
}

} // namespace

session_overview session_hub_state::overview(const get_session_overview& x) const {
  session_overview out;
  std::unordered_set<std::string_view> users;
  for (const auto& [id, entry] : index_.all()) {
    const auto& info = entry->info;
    if (!is_of(info.who, x.company_id))
      continue;
    ++out.sessions;
    out.streams += info.wire == session_wire::server_sent ? 1 : 0;
    out.catching_up += info.live ? 0 : 1;
    if (!info.who.user_id.empty())
      users.insert(info.who.user_id);
  }
  out.users = users.size();
  for (const auto& [company, entries] : index_.companies())
    if (!x.company_id || company == *x.company_id)
      out.by_company.emplace_back(company, entries.size());
  constexpr size_t most = 100;
  auto more = [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  };
  auto kept = std::min(most, out.by_company.size());
  std::partial_sort(out.by_company.begin(),
                    out.by_company.begin() + static_cast<std::ptrdiff_t>(kept),
                    out.by_company.end(), more);
  out.by_company.resize(kept);
  return out;
}

session_list session_hub_state::list(const list_sessions& x) const {
  std::vector<const session_info*> found;
  auto consider = [&](const session_info& info) {
    if (info.id > x.after && is_of(info.who, x.company_id)
        && (!x.user_id || info.who.user_id == *x.user_id))
      found.push_back(&info);
  };
  if (x.user_id) {
    if (const auto* of_user = index_.of_user(*x.user_id))
      for (const auto* entry : *of_user)
        consider(entry->info);
  } else {
    for (const auto& [id, entry] : index_.all())
      consider(entry->info);
  }
  auto kept = std::min(x.limit, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(kept), found.end(),
                    [](const auto* a, const auto* b) { return a->id < b->id; });
  session_list out;
  for (size_t i = 0; i < kept; ++i)
    out.items.push_back(*found[i]);
  if (kept < found.size())
    out.next = out.items.back().id;
  return out;
}

caf::result<uint64_t> session_hub_state::disconnect(const disconnect_sessions& x) {
  std::vector<uint64_t> ids;
  if (x.id != 0) {
    const auto* entry = index_.find(x.id);
    if (entry == nullptr || !is_of(entry->info.who, x.company_id))
      return to_error({ec::not_found, "there is no such session", "id"});
    ids.push_back(x.id);
  } else if (const auto* of_user = index_.of_user(x.user_id)) {
    for (const auto* entry : *of_user)
      if (is_of(entry->info.who, x.company_id))
        ids.push_back(entry->info.id);
  }
  if (ids.empty())
    return to_error({ec::not_found, "this user has no session", "userId"});
  append_audit note;
  note.entry.time = env_.now();
  note.entry.action = "session.disconnected";
  note.entry.actor = x.by.who;
  note.entry.origin = origin_of(x.by);
  note.entry.person = x.by.person;
  note.entry.company_id = x.company_id.value_or("");
  note.entry.subject = x.id != 0 ? "session:" + std::to_string(x.id) : "user:" + x.user_id;
  note.entry.detail = R"({"sessions":)" + std::to_string(ids.size()) + '}';
  auto promise = self_->make_response_promise<uint64_t>();
  // The action needs its audit row first.
  self_->request(env_.audit, store_deadline, note)
    .then(
      [this, ids, promise](atom::done) mutable {
        for (auto id : ids)
          if (auto* entry = index_.find(id))
            self_->send(entry->handle, atom::close_v,
                        static_cast<uint16_t>(session_close::forbidden));
        promise.deliver(uint64_t{ids.size()});
      },
      [promise](const caf::error& reason) mutable { promise.deliver(reason); });
  return promise;
}

} // namespace carillon
