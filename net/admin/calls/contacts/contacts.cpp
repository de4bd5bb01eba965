#include "base/json/object_reader.hpp"
#include "base/json/strict_json.hpp"
#include "base/text/mail_address.hpp"
#include "base/text/utf8.hpp"
#include "messages/contacts/contact.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/contacts/contact_calls.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

#include <algorithm>
#include <array>

namespace carillon::admin {

namespace {

constexpr std::array channels{contact_channel::email, contact_channel::notification};

failure no_contact() {
  return {ec::not_found, "there is no such contact", "userId"};
}

template <class R, class Request>
expected<R> ask_store(const call& c, const contact_store_actor& to, Request request) {
  if (to == nullptr)
    return failure{ec::store_unavailable, "contacts are not kept here", {}};
  return ask<R>(c, to, std::move(request));
}

void put_contact_members(json_writer& out, const contact& x) {
  out.member("userId", std::string_view{x.user_id})
    .member_or_null("companyId", x.company_id)
    .member_or_null("email", x.email)
    .member_or_null("name", x.name)
    .member_or_null("role", x.role)
    .begin_object("muted");
  for (auto channel : channels) {
    out.begin_array(name_of(channel));
    for (const auto& [muted, type] : x.muted)
      if (muted == channel)
        out.item(std::string_view{type});
    out.end_array();
  }
  out.end_object().member("updatedAt", x.updated_at);
}

answer answer_of(const contact& x) {
  json_writer out;
  out.begin_object();
  put_contact_members(out, x);
  out.end_object();
  return answer{.body = out.take()};
}

bool is_role(std::string_view x) noexcept {
  return x.size() <= contact_limits::role_bytes && std::all_of(x.begin(), x.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

void read_muted(object_reader& in, contact& out, contact_channel channel,
                const rapidjson::Value& types) {
  auto field = "muted." + std::string{name_of(channel)};
  if (!types.IsArray() || types.Size() > contact_limits::muted) {
    in.fail(field, "the value is not an array of at most 100 event types");
    return;
  }
  for (const auto& x : types.GetArray()) {
    auto type = x.IsString() ? view_of(x) : std::string_view{};
    if (type != "*" && !is_event_type(type)) {
      in.fail(field, "what is muted is an event type, or *");
      return;
    }
    out.muted.emplace_back(channel, type);
  }
}

void read_muted(object_reader& in, contact& out) {
  const auto* x = in.find("muted");
  if (x == nullptr)
    return;
  if (!x->IsObject()) {
    in.fail("muted", "the value is not an object with the members email and notification");
    return;
  }
  for (const auto& y : x->GetObject()) {
    auto channel = contact_channel_from(view_of(y.name));
    if (!channel) {
      in.fail("muted." + excerpt(view_of(y.name)), "the member is not known here");
      return;
    }
    read_muted(in, out, *channel, y.value);
  }
  std::sort(out.muted.begin(), out.muted.end());
  out.muted.erase(std::unique(out.muted.begin(), out.muted.end()), out.muted.end());
}

/// Company of the requested contact: that of the key, or `companyId`; empty text = the contact
/// without a company. Not given = the only contact of the user.
std::optional<std::string> company_of(const call& c, query_reader& q) {
  auto i = c.query.find("companyId");
  if (i != c.query.end() && i->second.empty() && !c.who.is_bound())
    return std::string{};
  return q.company();
}

/// An optional member, which may be `null` as in an answer.
std::string text_or_null(object_reader& in, const char* name) {
  const auto* x = in.find(name);
  if (x == nullptr || x->IsNull())
    return {};
  return in.text(name).value_or("");
}

expected<contact> read_contact(const call& c) {
  auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  contact out;
  out.user_id = c.arguments.front();
  out.company_id = text_or_null(in, "companyId");
  out.email = text_or_null(in, "email");
  out.name = text_or_null(in, "name");
  out.role = text_or_null(in, "role");
  read_muted(in, out);
  if (!is_identifier(out.user_id))
    in.fail("userId", "the user is 1 to 128 bytes without control characters");
  if (!out.company_id.empty() && !is_identifier(out.company_id))
    in.fail("companyId", "the company is 1 to 128 bytes without control characters");
  if (!out.email.empty() && !is_mail_address(out.email))
    in.fail("email", "this is not a mail address: local@domain, all ASCII, at most 254 bytes");
  if (!out.name.empty() && !is_identifier(out.name, contact_limits::name_bytes))
    in.fail("name", "the name is at most 200 bytes without control characters");
  if (!is_role(out.role))
    in.fail("role", "the role is admin, or another one of at most 32 of [a-z0-9_-]");
  // Allows a client to send back an answer of GET.
  in.find("updatedAt");
  if (auto same = in.text("userId"); same && *same != out.user_id)
    in.fail("userId", "the body names another user than the path");
  query_reader q{c};
  auto company = company_of(c, q);
  if (company && !out.company_id.empty() && *company != out.company_id && !c.who.is_bound())
    in.fail("companyId", "the body names another company than the query");
  if (auto fault = in.finish())
    return *fault;
  if (q.fault())
    return *q.fault();
  if (out.company_id.empty())
    out.company_id = company.value_or("");
  if (!c.who.may_see(out.company_id))
    return failure{ec::forbidden, "the key is bound to another company", "companyId"};
  return out;
}

} // namespace

expected<answer> show_contacts(call& c) {
  query_reader q{c};
  list_contacts request;
  request.company_id = q.company();
  request.role = q.identifier("role");
  request.limit = q.limit();
  request.after = q.cursor_text();
  if (q.fault())
    return *q.fault();
  auto page = ask_store<contact_list>(c, c.ctx.backend.state_reader.contacts, std::move(request));
  if (!page)
    return page.error();
  return answer_list("contacts", page->items, as_object(put_contact_members),
                     [&](json_writer& out) { q.put_next_text(out, page->next); });
}

expected<answer> show_contact(call& c) {
  if (!is_identifier(c.arguments.front()))
    return no_contact();
  query_reader q{c};
  auto company = company_of(c, q);
  if (q.fault())
    return *q.fault();
  auto found = ask_store<contact>(c, c.ctx.backend.state_reader.contacts,
                                  get_contact{c.arguments.front(), std::move(company)});
  if (!found)
    return found.error();
  return answer_of(*found);
}

expected<answer> change_contact(call& c) {
  auto person = read_contact(c);
  if (!person)
    return person.error();
  auto now = ask_store<contact>(c, c.ctx.backend.state_writer.contacts,
                                put_contact{std::move(*person), c.stamp()});
  if (!now)
    return now.error();
  return answer_of(*now);
}

expected<answer> remove_contact(call& c) {
  if (!is_identifier(c.arguments.front()))
    return no_contact();
  query_reader q{c};
  auto company = company_of(c, q);
  if (q.fault())
    return *q.fault();
  auto done
    = ask_store<atom::done>(c, c.ctx.backend.state_writer.contacts,
                            delete_contact{c.arguments.front(), std::move(company), c.stamp()});
  if (!done)
    return done.error();
  return answer{.status = 204};
}

} // namespace carillon::admin
