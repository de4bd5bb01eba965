#include "net/auth/portal_tokens.hpp"

#include "base/json/strict_json.hpp"
#include "base/json/writer.hpp"
#include "base/text/base64.hpp"
#include "base/text/hex.hpp"
#include "net/auth/bearer.hpp"
#include "net/auth/token/compact.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <utility>

namespace carillon {

namespace {

/// A company and a person of 128 bytes, each byte escaped, fit.
constexpr size_t max_portal_token_bytes = 2'048;
constexpr size_t portal_token_depth = 2;

std::string to_base64url(std::string_view bytes) {
  auto out = to_base64(bytes);
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  out.erase(std::min(out.find('='), out.size()));
  return out;
}

std::string text_of_pass(const portal_pass& x) {
  json_writer out;
  out.begin_object()
    .member("id", std::string_view{x.id})
    .member("company", std::string_view{x.company_id})
    .member("key", x.key_id)
    .member("person", std::string_view{x.person})
    .member("until", to_micros(x.expires_at))
    .begin_array("may");
  for (const auto& [right, name] : portal_right_names)
    if (x.may.has(right))
      out.item(name);
  out.end_array().end_object();
  return out.take();
}

/// Inverse of `text_of_pass`; empty for what it does not make.
std::optional<portal_pass> pass_from(std::string_view json) {
  auto read = parse_strict_object(json, portal_token_depth);
  if (!read)
    return std::nullopt;
  auto id = find_text(*read, "id");
  auto company = find_text(*read, "company");
  auto person = find_text(*read, "person");
  const auto* key = find_member(*read, "key");
  const auto* until = find_member(*read, "until");
  const auto* may = find_member(*read, "may");
  if (!id || !company || company->empty() || !person || key == nullptr || !key->IsUint64()
      || until == nullptr || !until->IsInt64() || may == nullptr || !may->IsArray())
    return std::nullopt;
  portal_pass out{.id = std::string{*id},
                  .company_id = std::string{*company},
                  .key_id = key->GetUint64(),
                  .person = std::string{*person},
                  .may = {},
                  .expires_at = from_micros(until->GetInt64())};
  for (const auto& x : may->GetArray()) {
    auto right = x.IsString() ? portal_right_from(view_of(x)) : std::nullopt;
    // One of a newer version: the token may then do the rest.
    if (right)
      out.may.add(*right);
  }
  return out;
}

failure no_portal_token() {
  return {ec::unauthenticated, "send 'Authorization: Bearer pt_…' with a valid portal token", {}};
}

} // namespace

portal_tokens::portal_tokens(std::string_view key, const key_ring& keys, portal_token_limits most,
                             std::function<timestamp()> now)
  : key_(key), keys_(keys), most_(most), now_(std::move(now)) {
}

void portal_tokens::release(std::multimap<timestamp, std::string>::iterator x) {
  if (auto found = of_company_.find(x->second); found != of_company_.end() && --found->second == 0)
    of_company_.erase(found);
  ends_.erase(x);
}

void portal_tokens::forget_ended(timestamp now) {
  while (!ends_.empty() && ends_.begin()->first <= now)
    release(ends_.begin());
}

expected<portal_tokens::made> portal_tokens::make(portal_pass x, std::chrono::seconds lifetime) {
  // An operator who signed in has none.
  if (!holds(x))
    return failure{
      ec::forbidden, "a portal token holds as long as the API key that made it: use one", {}};
  std::array<unsigned char, 8> number{};
  if (RAND_bytes(number.data(), static_cast<int>(number.size())) != 1)
    return failure{ec::internal, "the system has no random numbers for a token", {}};
  x.id = to_hex(number);
  const auto now = now_();
  x.expires_at = now + std::clamp(lifetime, std::chrono::seconds{1}, longest);
  auto token = std::string{prefix} + to_base64url(text_of_pass(x));
  const auto seal = key_.of(token);
  token.append(".").append(to_base64url(view_of(seal)));
  std::lock_guard lock{guard_};
  forget_ended(now);
  if (ends_.size() >= most_.all)
    return failure{ec::overloaded, "too many portal tokens have not ended yet", {}};
  auto& of_company = of_company_[x.company_id];
  if (of_company >= most_.of_company)
    return failure{
      ec::quota_exceeded,
      "the company has " + std::to_string(most_.of_company)
        + " portal tokens that have not ended yet; give one to each page, and renew it "
          "shortly before its end",
      "companyId"};
  ++of_company;
  ends_.emplace(x.expires_at, x.company_id);
  return made{std::move(token), std::move(x)};
}

void portal_tokens::take_back(const portal_pass& x) {
  std::lock_guard lock{guard_};
  auto [first, last] = ends_.equal_range(x.expires_at);
  auto found = std::find_if(first, last, [&](const auto& y) { return y.second == x.company_id; });
  if (found != last)
    release(found);
}

/// True while the API key that made a token is accepted, and may do what it could then.
bool portal_tokens::holds(const portal_pass& x) const {
  auto maker = keys_.find(x.key_id);
  return maker && maker->may_administer() && maker->may_see(x.company_id);
}

expected<portal_pass> portal_tokens::verify(std::string_view authorization) const {
  auto token = bearer_token(authorization);
  if (!token.starts_with(prefix) || token.size() > max_portal_token_bytes)
    return no_portal_token();
  auto dot = token.find('.');
  if (dot == std::string_view::npos)
    return no_portal_token();
  auto signed_text = token.substr(0, dot);
  auto given = from_base64url(token.substr(dot + 1));
  const auto seal = key_.of(signed_text);
  if (!given || given->size() != seal.size()
      || CRYPTO_memcmp(given->data(), seal.data(), seal.size()) != 0)
    return no_portal_token();
  auto json = from_base64url(signed_text.substr(prefix.size()));
  auto out = json ? pass_from(*json) : std::nullopt;
  if (!out || !holds(*out))
    return no_portal_token();
  if (now_() >= out->expires_at)
    return failure{
      ec::unauthenticated, "the portal token has ended, the application makes new ones", {}};
  return std::move(*out);
}

} // namespace carillon
