#include "actors/sessions/session_views.hpp"

#include "base/json/appender.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>

namespace carillon {

namespace {

bool is_of(const viewer& who, const std::optional<std::string>& company_id) {
  return !company_id || who.company_id == *company_id;
}

} // namespace

session_overview overview_of(const session_index& sessions, const get_session_overview& x) {
  session_overview out;
  std::unordered_set<std::string_view> users;
  for (const auto& [id, entry] : sessions.all()) {
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
  for (const auto& [company, entries] : sessions.companies())
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

session_list list_of(const session_index& sessions, const list_sessions& x) {
  std::vector<const session_info*> found;
  auto consider = [&](const session_info& info) {
    if (info.id > x.after && is_of(info.who, x.company_id)
        && (!x.user_id || info.who.user_id == *x.user_id))
      found.push_back(&info);
  };
  if (x.user_id) {
    if (const auto* of_user = sessions.of_user(*x.user_id))
      for (const auto* entry : *of_user)
        consider(entry->info);
  } else {
    for (const auto& [id, entry] : sessions.all())
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

expected<std::vector<uint64_t>> sessions_to_end(const session_index& sessions,
                                                const disconnect_sessions& x) {
  std::vector<uint64_t> out;
  if (x.id != 0) {
    const auto* entry = sessions.find(x.id);
    if (entry == nullptr || !is_of(entry->info.who, x.company_id))
      return failure{ec::not_found, "there is no such session", "id"};
    out.push_back(x.id);
  } else if (const auto* of_user = sessions.of_user(x.user_id)) {
    for (const auto* entry : *of_user)
      if (is_of(entry->info.who, x.company_id))
        out.push_back(entry->info.id);
  }
  if (out.empty())
    return failure{ec::not_found, "this user has no session", "userId"};
  return out;
}

append_audit audit_of(const disconnect_sessions& x, size_t count, timestamp now) {
  append_audit out;
  out.entry.time = now;
  out.entry.action = "session.disconnected";
  out.entry.actor = x.by.who;
  out.entry.origin = origin_of(x.by);
  out.entry.person = x.by.person;
  out.entry.company_id = x.company_id.value_or("");
  out.entry.subject = x.id != 0 ? "session:" + std::to_string(x.id) : "user:" + x.user_id;
  out.entry.detail.clear();
  json_appender{out.entry.detail}.begin_object().member("sessions", uint64_t{count}).end_object();
  return out;
}

} // namespace carillon
