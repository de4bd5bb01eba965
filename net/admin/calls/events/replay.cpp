#include "base/json/object_reader.hpp"
#include "base/json/strict_json.hpp"
#include "base/json/writer.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/events/event_calls.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

constexpr size_t max_ids = 10'000;
constexpr uint32_t max_rate = 1'000'000;

failure bad_id(size_t index, std::string detail) {
  return {ec::invalid_argument, std::move(detail), "eventIds[" + std::to_string(index) + "]"};
}

/// The position of an event that is named by its id.
expected<position> position_of(const call& c, const std::string& id, size_t index) {
  if (!is_identifier(id))
    return bad_id(index, "the value is not an event id");
  query_request request;
  request.id = id;
  request.limit = 2;
  request.order = sort_order::ascending;
  if (c.who.is_bound())
    request.filter.company_id = c.who.company_id;
  auto found = ask<query_page_ptr>(c, c.ctx.reader(), request);
  if (!found)
    return found.error();
  const auto& events = (*found)->events;
  if (events.empty())
    return failure{ec::not_found, "there is no event with this id",
                   "eventIds[" + std::to_string(index) + "]"};
  if (events.size() > 1)
    return bad_id(index, "several events have this id, of other sources or companies: name the "
                         "position, which GET /api/events?id=… shows");
  return events.front()->seq;
}

/// A number is a position, a text is always an id.
expected<position> position_of(const call& c, const rapidjson::Value& x, size_t index,
                               position head) {
  if (x.IsString())
    return position_of(c, std::string{x.GetString(), x.GetStringLength()}, index);
  if (!x.IsUint64())
    return bad_id(index,
                  "the value is neither a position, as a number, nor an event id, as a text");
  const auto seq = x.GetUint64();
  if (seq == 0 || seq > head)
    return failure{ec::not_found, "there is no event at this position",
                   "eventIds[" + std::to_string(index) + "]"};
  return seq;
}

expected<std::vector<position>> positions_of(const call& c, const rapidjson::Value& ids) {
  if (!ids.IsArray() || ids.Empty() || ids.Size() > max_ids)
    return failure{ec::invalid_argument, "the value is not an array of 1 to 10000 events",
                   "eventIds"};
  auto head = ask<position>(c, c.ctx.backend.router, atom::head_v);
  if (!head)
    return head.error();
  std::vector<position> out;
  out.reserve(ids.Size());
  for (rapidjson::SizeType i = 0; i < ids.Size(); ++i) {
    auto seq = position_of(c, ids[i], i, *head);
    if (!seq)
      return seq.error();
    out.push_back(*seq);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// How a member of the body's `filter` is called: where a pointer leads on, `filter` is its first
/// part.
std::string field_within_filter(const std::string& x) {
  if (x.empty())
    return "filter";
  const bool is_pointer = x == "filter" || x.starts_with("filter/");
  return (is_pointer ? "filter/" : "filter.") + x;
}

struct replay_order {
  create_replay request;
  bool dry_run = false;
};

expected<replay_order> read_replay(const call& c) {
  auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  const auto* ids = in.find("eventIds");
  const auto* filter = in.find("filter");
  replay_order out;
  out.dry_run = in.flag("dryRun", false);
  auto& record = out.request.record;
  const auto target = in.text("target").value_or("handlers");
  record.rate = in.number("rate", 0, max_rate);
  record.by = c.stamp();
  if ((ids == nullptr) == (filter == nullptr))
    in.fail("eventIds", "give either eventIds or filter");
  if (filter != nullptr && !filter->IsObject())
    in.fail("filter", "the value is not an object");
  if (auto fault = in.finish())
    return *fault;
  if (filter != nullptr) {
    // As it was sent: numbers keep their digits.
    const auto text = member_text(c.request.body, "filter");
    auto parsed = filter_from_json(text.empty() ? json_text_of(*filter) : std::string{text});
    if (!parsed) {
      auto fault = parsed.error();
      fault.field = field_within_filter(fault.field);
      return fault;
    }
    record.filter = std::move(*parsed);
  } else {
    auto positions = positions_of(c, *ids);
    if (!positions)
      return positions.error();
    record.positions = std::move(*positions);
  }
  auto to = replay_target_from(target);
  if (!to)
    return to.error();
  record.target = std::move(*to);
  return out;
}

/// @param whole includes the positions, which may be many
void put_replay(json_writer& out, const replay_record& x, bool whole) {
  out.begin_object()
    .member("replayId", x.id)
    .member("phase", name_of(x.phase))
    .member("target", to_text(x.target));
  if (x.positions.empty()) {
    out.raw("filter", to_json(x.filter));
  } else if (whole) {
    out.begin_array("eventIds");
    for (auto seq : x.positions)
      out.item(seq);
    out.end_array();
  }
  out.member("rate", static_cast<uint64_t>(x.rate))
    .member("upTo", x.up_to)
    .member("cursor", x.cursor)
    .member("matched", x.matched)
    .member("delivered", x.delivered)
    .member_or_null("error", x.error)
    .member("createdAt", x.created_at)
    .member("updatedAt", x.updated_at)
    .member("by", std::string_view{x.by.who})
    .end_object();
}

void put_plan(json_writer& out, const replay_plan& x) {
  out.begin_object().member("matched", x.matched).begin_array("targets");
  for (const auto& target : x.targets) {
    out.begin_object().member("target", to_text(target.of));
    if (target.events)
      out.member("matched", *target.events);
    if (target.receivers)
      out.member("receivers", *target.receivers);
    out.end_object();
  }
  out.end_array().end_object();
}

} // namespace

expected<answer> start_replay(call& c) {
  auto order = read_replay(c);
  if (!order)
    return order.error();
  json_writer out;
  if (order->dry_run) {
    auto plan = ask<replay_plan>(c, c.ctx.backend.supervisor, atom::count_v, order->request);
    if (!plan)
      return plan.error();
    put_plan(out, *plan);
    return answer{.body = out.take()};
  }
  auto stored = ask<replay_record>(c, c.ctx.backend.supervisor, order->request);
  if (!stored)
    return stored.error();
  out.begin_object().member("replayId", stored->id).member("matched", stored->matched).end_object();
  return answer{.status = 202,
                .body = out.take(),
                .fields = {{"Location", "/api/events/replay/" + std::to_string(stored->id)}}};
}

expected<answer> show_replays(call& c) {
  query_reader q{c};
  list_replays request;
  request.page.limit = q.limit();
  request.page.ascending = q.order() == sort_order::ascending;
  request.page.beyond = q.cursor();
  if (q.fault())
    return *q.fault();
  auto page = ask<replay_page>(c, c.ctx.backend.state_reader.replays, request);
  if (!page)
    return page.error();
  return answer_page("replays", *page, q,
                     [](json_writer& out, const replay_record& x) { put_replay(out, x, false); });
}

expected<answer> show_replay(call& c) {
  auto id = number_from(c.arguments.front());
  if (!id)
    return failure{ec::not_found, "there is no such replay", "id"};
  auto found = ask<replay_record>(c, c.ctx.backend.state_reader.replays, get_replay{*id});
  if (!found)
    return found.error();
  json_writer out;
  put_replay(out, *found, true);
  return answer{.body = out.take()};
}

} // namespace carillon::admin
