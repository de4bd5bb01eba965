#include "base/json/object_reader.hpp"
#include "base/json/writer.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/operators/operator_calls.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

constexpr size_t max_keys = 10'000;

/// @param key the key itself, shown only when it is made
void put_key(json_writer& out, const api_key& x, std::string_view key = {}) {
  out.begin_object().member("id", x.id);
  if (!key.empty())
    out.member("key", key);
  out.member("name", std::string_view{x.name})
    .member("role", name_of(x.role))
    .member_or_null("companyId", x.company_id)
    .member_or_null("consumers", x.consumers)
    .member_or_null("certificate", x.certificate)
    .member("createdAt", x.created_at)
    .member("expiresAt", x.expires_at)
    .member("lastUsedAt", x.last_used_at)
    .member("breakGlass", x.break_glass)
    .end_object();
}

/// When the key ends, and whether it is for the time in which nobody can sign in.
void parse_life(object_reader& in, std::optional<role> role, api_key& out) {
  if (auto end = in.text("expiresAt")) {
    out.expires_at = from_rfc3339(*end);
    if (!out.expires_at || *out.expires_at <= wall_clock_now())
      in.fail("expiresAt", "the end is an RFC 3339 time that has not passed");
  }
  out.break_glass = in.flag("breakGlass", false);
  if (out.break_glass
      && (role != carillon::role::admin || !out.company_id.empty() || out.expires_at
          || !out.certificate.empty()))
    in.fail("breakGlass",
            "a break-glass key is an admin's, of no company, without an end and a certificate");
}

expected<api_key> parse_key(const call& c) {
  auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  api_key out;
  out.name = in.required_text("name");
  auto role_name = in.required_text("role");
  auto role = role_from(role_name);
  if (!is_identifier(out.name))
    in.fail("name", "the name is 1 to 128 bytes without control characters");
  if (!role)
    in.fail("role", "the role is publisher, reader, worker or admin");
  if (auto company = in.text("companyId")) {
    if (!is_identifier(*company))
      in.fail("companyId", "the company is 1 to 128 bytes without control characters");
    out.company_id = *company;
  }
  if (auto consumers = in.text("consumers")) {
    if (!is_consumer_list(*consumers) || (role && *role != carillon::role::worker))
      in.fail("consumers",
              "a worker's key may have at most 100 names of consumers, and of queues "
              "with queue/ before them, with commas between them; a name may end in *");
    out.consumers = *consumers;
  }
  if (auto certificate = in.text("certificate")) {
    auto digest = certificate_digest(*certificate);
    if (!digest)
      in.fail("certificate",
              "the SHA-256 of a certificate is 64 hexadecimal digits, which may have : between "
              "bytes");
    else
      out.certificate = std::move(*digest);
  }
  parse_life(in, role, out);
  if (auto fault = in.finish())
    return *fault;
  out.role = *role;
  return out;
}

failure busy() {
  return {ec::timeout, "another change of keys takes too long", {}};
}

/// From the writer, so that it includes all acknowledged changes.
expected<api_keys> all_keys(const call& c) {
  return ask<api_keys>(c, c.ctx.backend.state_writer.access, list_api_keys{});
}

/// With a key that has an end, the node could be without any some day.
bool opens_everything(const api_key& x) {
  return x.role == role::admin && x.company_id.empty() && !x.expires_at;
}

} // namespace

expected<answer> show_keys(call& c) {
  auto keys = ask<api_keys>(c, c.ctx.backend.state_reader.access, list_api_keys{});
  if (!keys)
    return keys.error();
  return answer_whole_list("keys", *keys,
                           [](json_writer& out, const api_key& x) { put_key(out, x); });
}

expected<answer> create_key(call& c) {
  auto key = parse_key(c);
  if (!key)
    return key.error();
  std::unique_lock lock{c.ctx.changing_keys, c.deadline};
  if (!lock)
    return busy();
  // Read before the change, since nothing may fail after it.
  auto keys = all_keys(c);
  if (!keys)
    return keys.error();
  if (keys->size() >= max_keys)
    return failure{ec::too_large, "there are 10000 keys already, delete some", {}};
  if (!key->certificate.empty() && std::any_of(keys->begin(), keys->end(), [&](const auto& x) {
        return x.certificate == key->certificate;
      }))
    return failure{ec::conflict, "another key is bound to this certificate", "certificate"};
  auto text = key_ring::make_key();
  if (!text)
    return text.error();
  key->hash = key_ring::hash_of(*text);
  auto stored = ask<api_key>(c, c.ctx.backend.state_writer.access,
                             create_api_key{.key = *key, .by = c.stamp()});
  if (!stored)
    return stored.error();
  keys->push_back(*stored);
  c.ctx.backend.keys->replace(*keys);
  json_writer out;
  put_key(out, *stored, *text);
  return answer{.status = 201,
                .body = out.take(),
                .fields = {{"Location", "/api/keys/" + std::to_string(stored->id)}}};
}

expected<answer> delete_key(call& c) {
  auto id = number_from(c.arguments.front());
  if (!id)
    return failure{ec::not_found, "there is no such key", "id"};
  std::unique_lock lock{c.ctx.changing_keys, c.deadline};
  if (!lock)
    return busy();
  auto keys = all_keys(c);
  if (!keys)
    return keys.error();
  auto rest = *keys;
  if (std::erase_if(rest, [&](const auto& x) { return x.id == *id; }) == 0)
    return failure{ec::not_found, "there is no such key", "id"};
  const auto gone
    = std::find_if(keys->begin(), keys->end(), [&](const auto& x) { return x.id == *id; });
  if (c.who.key_id != 0 && opens_everything(*gone)
      && std::none_of(rest.begin(), rest.end(), opens_everything))
    return failure{ec::conflict,
                   "this is the last admin key without an end, create another one first", "id"};
  // Disabled before it is deleted: if the outcome is unknown, the key is rejected.
  c.ctx.backend.keys->replace(rest);
  auto deleted = ask<atom::done>(c, c.ctx.backend.state_writer.access,
                                 delete_api_key{.id = *id, .by = c.stamp()});
  if (deleted)
    return answer{.status = 204};
  if (deleted.error().code != ec::timeout && deleted.error().code != ec::not_found)
    c.ctx.backend.keys->replace(*keys);
  return deleted.error();
}

} // namespace carillon::admin
