#include "net/data/inbound/inbound_entrance.hpp"

#include "base/crypto/hmac.hpp"
#include "base/crypto/sha256.hpp"
#include "base/text/ascii.hpp"
#include "base/text/media_type.hpp"
#include "net/data/inbound/inbound_call.hpp"
#include "net/data/sessions/query.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace carillon::data {

namespace {

using boost::beast::http::verb;

constexpr int length_required = 411;
constexpr size_t most_challenge_bytes = 256;

refusal refused(ec code, std::string detail, std::string field = {}) {
  return {.why = {code, std::move(detail), std::move(field)}};
}

/// True unless a charset other than UTF-8 is named.
bool has_utf8(std::string_view content_type) noexcept {
  constexpr std::string_view name = "charset=";
  for (auto at = content_type.find(';'); at != std::string_view::npos;
       at = content_type.find(';', at)) {
    ++at;
    const auto end = std::min(content_type.find(';', at), content_type.size());
    auto part = trimmed(content_type.substr(at, end - at));
    if (part.size() < name.size() || !equals_ignoring_case(part.substr(0, name.size()), name))
      continue;
    part.remove_prefix(name.size());
    if (part.size() >= 2 && part.front() == '"' && part.back() == '"')
      part = part.substr(1, part.size() - 2);
    if (!equals_ignoring_case(part, "utf-8"))
      return false;
  }
  return true;
}

bool is_form_type(std::string_view content_type) noexcept {
  const auto type = content_type.substr(0, content_type.find(';'));
  return equals_ignoring_case(trimmed(type), "application/x-www-form-urlencoded");
}

/// Copies the headers that the source looks at. Errors: `invalid_argument` for one that is there
/// twice: two readers could take different ones.
expected<inbound_headers> headers_for(const inbound_source& of, const request_head& head) {
  auto wanted = proving_headers(of);
  for (auto& name : kept_headers(of))
    if (std::find(wanted.begin(), wanted.end(), name) == wanted.end())
      wanted.push_back(std::move(name));
  inbound_headers out;
  for (const auto& [name, value] : head.all) {
    auto lower = ascii_lower(name);
    if (std::find(wanted.begin(), wanted.end(), lower) == wanted.end())
      continue;
    if (std::any_of(out.begin(), out.end(), [&](const auto& x) { return x.first == lower; }))
      return failure{ec::invalid_argument, "the header " + lower + " is there twice", lower};
    out.emplace_back(std::move(lower), value);
  }
  return out;
}

std::optional<refusal> check_body_of(const request_head& head) {
  if (!head.content_encoding.empty() && !equals_ignoring_case(head.content_encoding, "identity"))
    return refused(ec::unsupported_media_type, "send the body uncompressed", "Content-Encoding");
  const auto is_known = is_json_media_type(head.content_type) || is_form_type(head.content_type);
  if (!is_known || !has_utf8(head.content_type))
    return refused(ec::unsupported_media_type,
                   "send JSON or application/x-www-form-urlencoded, in UTF-8", "Content-Type");
  if (!head.chunked && !head.content_length) {
    auto out = refused(ec::invalid_argument, "the length of the body is missing", "Content-Length");
    out.status = length_required;
    return out;
  }
  return std::nullopt;
}

const std::string* value_in(const sessions::parameters& all, std::string_view name) noexcept {
  const auto found
    = std::find_if(all.begin(), all.end(), [&](const auto& x) { return x.first == name; });
  return found == all.end() ? nullptr : &found->second;
}

/// What is sent back is text of few characters, which no browser takes for a page.
bool may_be_sent_back(std::string_view x) noexcept {
  return !x.empty() && x.size() <= most_challenge_bytes
         && std::all_of(x.begin(), x.end(), [](char c) {
              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || c == '-' || c == '_' || c == '.';
            });
}

} // namespace

std::optional<std::string_view> inbound_name_of(std::string_view path) noexcept {
  constexpr std::string_view prefix = "/in/";
  if (!path.starts_with(prefix))
    return std::nullopt;
  path.remove_prefix(prefix.size());
  return path;
}

admission inbound_entrance::judge(std::string_view name, const request_head& head,
                                  bool known_page) const {
  admission out{.to = route::call};
  const auto source = desk_ != nullptr && is_inbound_name(name) ? desk_->book->find(name) : nullptr;
  if (source == nullptr) {
    out.refused = refused(ec::not_found, "there is no such source of webhooks");
    return out;
  }
  const auto has_challenge = !source->source.verify_token_hash.empty();
  if (head.method != verb::post && !(has_challenge && head.method == verb::get)) {
    const auto allowed = has_challenge ? methods_with_challenge : methods;
    out.refused = refused(ec::method_not_allowed, "this path takes " + std::string{allowed});
    out.refused->allow = allowed;
    return out;
  }
  // A browser knows a password of its user, and sends it for every page.
  if (!known_page) {
    out.refused
      = refused(ec::forbidden, "pages of this origin are not on --sessions-origins", "Origin");
    return out;
  }
  out = head.method == verb::get ? judge_challenge(source->source, head) : judge_post(source, head);
  // By its pattern, so that requests to many sources are one action.
  if (out.refused && out.refused->why.code == ec::unauthenticated) {
    desk_->count(inbound_outcome::unverified);
    out.denied
      = denial{.who = {},
               .action = std::string{boost::beast::http::to_string(head.method)} + " /in/{source}"};
  }
  return out;
}

admission inbound_entrance::judge_post(const live_source_ptr& of, const request_head& head) const {
  admission out{.to = route::call};
  out.body_limit = out.single_limit = body_bytes;
  out.who.company_id = of->source.company_id;
  out.refused = check_body_of(head);
  if (out.refused)
    return out;
  auto headers = headers_for(of->source, head);
  if (!headers) {
    out.refused = refusal{.why = headers.error()};
    return out;
  }
  if (auto proven = check_inbound_head(*of, *headers, wall_clock_now()); !proven) {
    out.refused = refusal{.why = proven.error()};
    return out;
  }
  out.call
    = std::make_shared<inbound_call>(desk_, of,
                                     inbound_request{.headers = std::move(*headers),
                                                     .content_type = std::string{head.content_type},
                                                     .is_form = is_form_type(head.content_type)});
  return out;
}

/// As Meta asks: `hub.mode=subscribe`, `hub.verify_token`, and what to send back.
admission inbound_entrance::judge_challenge(const inbound_source& of,
                                            const request_head& head) const {
  admission out{.to = route::ready};
  out.body_limit = out.single_limit = body_bytes;
  const auto all = sessions::parameters_of(head.target);
  const auto* mode = all ? value_in(*all, "hub.mode") : nullptr;
  const auto* token = all ? value_in(*all, "hub.verify_token") : nullptr;
  const auto* challenge = all ? value_in(*all, "hub.challenge") : nullptr;
  if (mode == nullptr || *mode != "subscribe" || challenge == nullptr
      || !may_be_sent_back(*challenge)) {
    out.refused = refused(ec::invalid_argument,
                          "hub.mode=subscribe, hub.verify_token and hub.challenge are needed");
    return out;
  }
  const auto hash = try_sha256_hex(token == nullptr ? std::string_view{} : *token);
  if (!hash || !equals_in_constant_time(*hash, of.verify_token_hash)) {
    out.refused
      = refused(ec::unauthenticated, "the token is not that of this source", "hub.verify_token");
    return out;
  }
  desk_->count(inbound_outcome::challenge);
  out.answer = whole_answer{.body = *challenge, .media_type = "text/plain; charset=utf-8"};
  return out;
}

} // namespace carillon::data
