#include "net/sso/flow.hpp"

#include "base/crypto/sha256.hpp"
#include "base/text/number.hpp"
#include "net/sso/tokens.hpp"

namespace carillon::sso {

namespace {

constexpr size_t key_bytes = 32;
constexpr size_t id_bytes = 16;
/// Sign-ins that ended within `flow_time`.
constexpr size_t max_ended = 10'000;

failure stale_flow(const char* detail) {
  return {ec::unauthenticated, detail, "state"};
}

} // namespace

expected<std::unique_ptr<flow_book>> flow_book::make() {
  auto key = random_bytes(key_bytes);
  if (!key)
    return key.error();
  return std::unique_ptr<flow_book>{new flow_book{std::move(*key)}};
}

expected<std::string> flow_book::derived(std::string_view purpose, std::string_view of) const {
  auto mac = try_hmac_sha256(key_, std::string{purpose} + '\n' + std::string{of});
  if (!mac)
    return failure{ec::internal, "OpenSSL failed at HMAC", {}};
  return to_base64url(view_of(*mac));
}

expected<flow> flow_book::steps_of(std::string_view id) const {
  flow out;
  for (auto [purpose, to] : {std::pair{"state", &out.state}, std::pair{"nonce", &out.nonce},
                             std::pair{"verifier", &out.verifier}}) {
    auto made = derived(purpose, id);
    if (!made)
      return made.error();
    *to = std::move(*made);
  }
  return out;
}

expected<flow_book::begun> flow_book::begin(timestamp now) const {
  auto random = random_bytes(id_bytes);
  if (!random)
    return random.error();
  const auto id = to_base64url(*random);
  const auto text = id + '.' + std::to_string(to_micros(now));
  auto steps = steps_of(id);
  auto mac = derived("cookie", text);
  if (!steps || !mac)
    return failure{ec::internal, "OpenSSL failed at HMAC", {}};
  return begun{std::move(*steps), text + '.' + *mac};
}

expected<flow> flow_book::end(std::string_view cookie, std::string_view state, timestamp now) {
  const auto missing = stale_flow("this browser has not begun to sign in here, or the node has "
                                  "started since; sign in again");
  const auto dot = cookie.find('.');
  const auto last = cookie.rfind('.');
  if (dot == std::string_view::npos || dot == last)
    return missing;
  const auto mac = derived("cookie", cookie.substr(0, last));
  if (!mac)
    return mac.error();
  if (!equal_in_constant_time(*mac, cookie.substr(last + 1)))
    return missing;
  const auto since = number_from(cookie.substr(dot + 1, last - dot - 1)).value_or(0);
  if (now - from_micros(static_cast<int64_t>(since)) > flow_time)
    return stale_flow("the sign-in took more than ten minutes; sign in again");
  const auto id = cookie.substr(0, dot);
  auto out = steps_of(id);
  if (!out)
    return out;
  if (!equal_in_constant_time(out->state, state))
    return stale_flow("the answer belongs to another sign-in; sign in again");
  if (auto taken = take(id, now); !taken)
    return taken.error();
  return out;
}

expected<void> flow_book::take(std::string_view id, timestamp now) {
  const std::lock_guard lock{mutex_};
  if (ended_.size() >= max_ended)
    std::erase_if(ended_, [&](const auto& x) { return now - x.second > flow_time; });
  if (ended_.size() >= max_ended)
    return failure{ec::overloaded, "too many sign-ins end at this time", {}};
  if (!ended_.emplace(id, now).second)
    return stale_flow("this answer was used before; sign in again");
  return {};
}

} // namespace carillon::sso
