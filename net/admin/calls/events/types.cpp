#include "base/json/object_reader.hpp"
#include "base/json/writer.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/events/event_calls.hpp"
#include "net/admin/listing.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

constexpr size_t max_schema_bytes = 64UL * 1024;
/// Types that may be registered at run time.
constexpr ptrdiff_t max_types = 10'000;

void put_type_info(json_writer& out, const type_info& x) {
  out.begin_object()
    .member("type", std::string_view{x.name})
    .member("audience", name_of(x.audience))
    .member("described", x.described)
    .member("registered", x.registered)
    .raw("schema", x.schema.empty() ? "{}" : std::string_view{x.schema});
  if (!x.described_schema.empty())
    out.raw("describedSchema", std::string_view{x.described_schema});
  out.end_object();
}

struct type_order {
  std::string type;
  carillon::audience audience = audience::none;
  std::string schema;
};

expected<type_order> read_type(const call& c) {
  auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  type_order out;
  out.type = c.arguments.front();
  auto audience_name = in.required_text("audience");
  const auto* schema = in.find("schema");
  if (schema == nullptr || !schema->IsObject())
    in.fail("schema", "the member is not a JSON Schema object");
  auto audience = audience_from(audience_name);
  if (!audience)
    in.fail("audience", "the audience is none, user, company or all");
  if (auto fault = in.finish())
    return *fault;
  out.audience = *audience;
  out.schema = json_text_of(*schema);
  if (out.schema.size() > max_schema_bytes)
    return failure{ec::too_large, "the schema exceeds 65536 bytes", "schema"};
  return out;
}

/// The registry's verdict, without changing it.
expected<void> check(const type_registry& types, const type_order& x, bool is_new) {
  auto all = types.list();
  auto registered
    = std::count_if(all.begin(), all.end(), [](const auto& y) { return y->registered; });
  if (is_new && registered >= max_types)
    return failure{ec::too_large, "there are 10000 registered types already", "type"};
  return types.check_schema(x.type, x.schema);
}

answer describe(const type_info& x, int status) {
  json_writer out;
  put_type_info(out, x);
  return {.status = status, .body = out.take()};
}

} // namespace

expected<answer> show_types(call& c) {
  return answer_whole_list("types", c.ctx.backend.types->list(),
                           [](json_writer& out, const auto& x) { put_type_info(out, *x); });
}

expected<answer> show_type(call& c) {
  auto found = c.ctx.backend.types->find(c.arguments.front());
  if (!found)
    return failure{ec::not_found, "there is no such event type", "type"};
  return describe(*found, 200);
}

expected<answer> put_type(call& c) {
  auto order = read_type(c);
  if (!order)
    return order.error();
  std::unique_lock lock{c.ctx.changing_types, c.deadline};
  if (!lock)
    return failure{ec::timeout, "another change of types takes too long", {}};
  auto& types = *c.ctx.backend.types;
  auto known = types.find(order->type);
  auto is_new = known == nullptr || !known->registered;
  if (auto valid = check(types, *order, is_new); !valid)
    return valid.error();
  // Stored first: a type that is only in memory would be lost in a restart.
  put_event_type request;
  request.type.type = order->type;
  request.type.audience = order->audience;
  request.type.schema = order->schema;
  request.by = c.stamp();
  auto stored = ask<atom::done>(c, c.ctx.backend.state_writer.access, request);
  if (!stored)
    return stored.error();
  if (auto added = types.add_schema(order->type, order->audience, order->schema); !added)
    return added.error();
  auto found = types.find(order->type);
  if (!found)
    return failure{ec::internal, "an internal error occurred", {}};
  return describe(*found, is_new ? 201 : 200);
}

expected<answer> delete_type(call& c) {
  const auto& type = c.arguments.front();
  std::unique_lock lock{c.ctx.changing_types, c.deadline};
  if (!lock)
    return failure{ec::timeout, "another change of types takes too long", {}};
  auto& types = *c.ctx.backend.types;
  auto known = types.find(type);
  if (!known)
    return failure{ec::not_found, "there is no such event type", "type"};
  if (!known->registered)
    return failure{ec::conflict, "the type is described in C++ and was not registered", "type"};
  // Deleted from the store first: a type deleted only from memory would return after a restart.
  put_event_type request;
  request.type.type = type;
  request.by = c.stamp();
  auto stored = ask<atom::done>(c, c.ctx.backend.state_writer.access, request);
  if (!stored)
    return stored.error();
  if (auto removed = types.remove_schema(type); !removed)
    return removed.error();
  return answer{.status = 204};
}

} // namespace carillon::admin
