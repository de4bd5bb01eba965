#include "net/sso/session_table.hpp"

#include "base/crypto/sha256.hpp"
#include "net/sso/tokens.hpp"

namespace carillon::sso {

namespace {

constexpr size_t token_bytes = 32;
/// Longer texts are no tokens, and are not hashed.
constexpr size_t max_token_text = 64;

std::optional<std::string> place_of(std::string_view token) {
  if (token.empty() || token.size() > max_token_text)
    return std::nullopt;
  return try_sha256_hex(token);
}

} // namespace

expected<std::string> session_table::begin(principal who, clock::time_point now,
                                           clock::time_point end) {
  auto random = random_bytes(token_bytes);
  if (!random)
    return random.error();
  auto token = to_base64url(*random);
  auto place = place_of(token);
  if (!place)
    return failure{ec::internal, "OpenSSL failed at SHA-256", {}};
  const std::lock_guard lock{mutex_};
  make_room(who, now);
  if (entries_.size() >= max_sessions)
    return failure{ec::overloaded, "too many are signed in", {}};
  entries_.insert_or_assign(std::move(*place), entry{std::move(who), now, end});
  return token;
}

void session_table::make_room(const principal& who, clock::time_point now) {
  std::erase_if(entries_, [&](const auto& x) { return x.second.end <= now; });
  size_t own = 0;
  auto oldest = entries_.end();
  for (auto i = entries_.begin(); i != entries_.end(); ++i) {
    if (i->second.who.subject != who.subject)
      continue;
    ++own;
    if (oldest == entries_.end() || i->second.begun < oldest->second.begun)
      oldest = i;
  }
  if (own >= max_of_subject)
    entries_.erase(oldest);
}

std::optional<principal> session_table::find(std::string_view token, clock::time_point now) const {
  const auto place = place_of(token);
  if (!place)
    return std::nullopt;
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(*place);
  if (found == entries_.end() || found->second.end <= now)
    return std::nullopt;
  return found->second.who;
}

std::optional<principal> session_table::end(std::string_view token) {
  const auto place = place_of(token);
  if (!place)
    return std::nullopt;
  const std::lock_guard lock{mutex_};
  const auto found = entries_.find(*place);
  if (found == entries_.end())
    return std::nullopt;
  auto who = std::move(found->second.who);
  entries_.erase(found);
  return who;
}

} // namespace carillon::sso
