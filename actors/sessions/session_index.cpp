#include "actors/sessions/session_index.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

using groups = std::unordered_map<std::string, session_index::entries>;

void leave(groups& from, const std::string& id, session_entry* x) {
  auto i = from.find(id);
  if (i == from.end())
    return;
  i->second.erase(x);
  if (i->second.empty())
    from.erase(i);
}

const session_index::entries* look_up(const groups& in, const std::string& id) {
  auto i = in.find(id);
  return i != in.end() ? &i->second : nullptr;
}

} // namespace

session_entry& session_index::add(session_entry x) {
  auto id = x.info.id;
  auto& out = *all_.emplace(id, std::make_unique<session_entry>(std::move(x))).first->second;
  if (const auto& company = out.info.who.company_id; !company.empty())
    companies_[company].insert(&out);
  if (const auto& user = out.info.who.user_id; !user.empty())
    users_[user].insert(&out);
  if (out.is_log_stream())
    log_streams_.insert(&out);
  return out;
}

void session_index::remove(uint64_t id) {
  auto i = all_.find(id);
  if (i == all_.end())
    return;
  leave(companies_, i->second->info.who.company_id, i->second.get());
  leave(users_, i->second->info.who.user_id, i->second.get());
  log_streams_.erase(i->second.get());
  all_.erase(i);
}

session_entry* session_index::find(uint64_t id) const {
  auto i = all_.find(id);
  return i != all_.end() ? i->second.get() : nullptr;
}

const session_index::entries* session_index::of_company(const std::string& id) const {
  return look_up(companies_, id);
}

const session_index::entries* session_index::of_user(const std::string& id) const {
  return look_up(users_, id);
}

size_t session_index::count_of_user(const viewer& who) const {
  const auto* all = of_user(who.user_id);
  if (all == nullptr)
    return 0;
  return static_cast<size_t>(std::count_if(all->begin(), all->end(), [&](const auto* x) {
    return x->info.who.company_id == who.company_id;
  }));
}

} // namespace carillon
