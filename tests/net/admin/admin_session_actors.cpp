#include "tests/net/admin/admin_session_actors.hpp"

#include "tests/net/admin/admin_actors.hpp"

#include <algorithm>
#include <map>

namespace carillon::test {

namespace {

bool is_of(const session_info& x, const std::optional<std::string>& company) {
  return !company || x.who.company_id == *company;
}

expected<session_overview> overview(const admin_data& data, const get_session_overview& x) {
  session_overview out;
  std::map<std::string, uint64_t> companies;
  for (const auto& y : data.sessions) {
    if (!is_of(y, x.company_id))
      continue;
    ++out.sessions;
    ++out.users;
    ++companies[y.who.company_id];
  }
  out.by_company.assign(companies.begin(), companies.end());
  return out;
}

expected<session_list> list(const admin_data& data, const list_sessions& x) {
  session_list out;
  for (const auto& y : data.sessions) {
    if (y.id <= x.after || !is_of(y, x.company_id) || (x.user_id && y.who.user_id != *x.user_id))
      continue;
    if (out.items.size() == x.limit) {
      out.next = out.items.back().id;
      break;
    }
    out.items.push_back(y);
  }
  return out;
}

expected<uint64_t> disconnect(admin_data& data, const disconnect_sessions& x) {
  data.stamps.push_back(x.by);
  auto count = std::erase_if(data.sessions, [&](const auto& y) {
    return is_of(y, x.company_id) && (x.id != 0 ? y.id == x.id : y.who.user_id == x.user_id);
  });
  if (count == 0)
    return failure{ec::not_found, "there is no such session", x.id != 0 ? "id" : "userId"};
  return uint64_t{count};
}

} // namespace

session_info& add_session(admin_data& data, uint64_t id, const std::string& user,
                          const std::string& company) {
  auto& out = data.sessions.emplace_back();
  out.id = id;
  out.who = {user, company};
  out.opened_at = from_micros(1'000'000);
  out.live = true;
  return out;
}

session_hub_actor::behavior_type admin_session_hub(session_hub_actor::pointer self,
                                                   admin_data* data) {
  return {
    [](const event_batch_ptr&) {},
    [](atom::head, position) {},
    [](const open_session&) {},
    [](const join_session&) { return session_page{}; },
    [](atom::detach, uint64_t) {},
    [=](const get_session_overview& x) {
      return reply<session_overview>(self, data, false, [&] { return overview(*data, x); });
    },
    [=](const list_sessions& x) {
      return reply<session_list>(self, data, false, [&] { return list(*data, x); });
    },
    [=](const disconnect_sessions& x) {
      return reply<uint64_t>(self, data, true, [&] { return disconnect(*data, x); });
    },
    [](const end_revoked_sessions&) {},
    [](const replay_request&) { return atom::done_v; },
    [](atom::drain) { return atom::done_v; },
    [](atom::tick, uint64_t) {},
  };
}

} // namespace carillon::test
