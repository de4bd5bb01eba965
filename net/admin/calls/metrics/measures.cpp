#include "base/json/object_reader.hpp"
#include "base/json/strict_json.hpp"
#include "messages/measures/requests.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/metrics/metric_calls.hpp"
#include "net/admin/calls/metrics/pages.hpp"
#include "net/admin/query_reader.hpp"

#include <algorithm>
#include <utility>

namespace carillon::admin {

namespace {

/// Most rows in one answer: each may hold a sketch of 4 KiB.
constexpr size_t max_measure_rows = 2'000;

failure no_definition() {
  return {ec::not_found, "there is no such definition", "name"};
}

failure no_keeper() {
  return {ec::store_unavailable, "nothing is measured here: --metrics-types is empty", {}};
}

// -- text -------------------------------------------------------------------------

void put_types_of(json_writer& out, const measure_definition& x) {
  out.begin_array("types");
  for (const auto& y : x.types)
    out.item(std::string_view{y.text()});
  out.end_array();
}

void put_definition_members(json_writer& out, const measure_definition& x) {
  out.member("name", std::string_view{x.name}).member_or_null("companyId", x.company_id);
  put_types_of(out, x);
  out.raw("filter", x.filter.is_everything() ? "null" : std::string_view{x.filter.text()})
    .member("member", std::string_view{x.member})
    .member_or_null("groupBy", x.group_by)
    .begin_array("measures");
  for (const auto y : names_of(x.measures))
    out.item(y);
  out.end_array();
}

void put_record(json_writer& out, const measure_record& x, position cursor) {
  put_definition_members(out, x.definition);
  // Those that every store has were made by no one.
  if (x.created_at == timestamp{})
    out.null("createdAt");
  else
    out.member("createdAt", x.created_at);
  if (x.live_after)
    out.member("liveFrom", *x.live_after + 1);
  else
    out.null("liveFrom");
  if (!x.backfill) {
    out.null("backfill");
    return;
  }
  out.begin_object("backfill")
    .member("since", x.backfill->since)
    .member("position", x.backfill->done_to)
    .member("end", x.backfill_end(cursor))
    .member("done", !x.is_behind(cursor))
    .end_object();
}

answer answer_of_record(const measure_record& x, position cursor) {
  json_writer out;
  out.begin_object();
  put_record(out, x, cursor);
  out.end_object();
  return answer{.body = out.take()};
}

void put_group(json_writer& out, std::string_view group) {
  if (group.starts_with('='))
    out.member("group", group.substr(1));
  else
    out.null("group");
  out.member("other", group == other_group);
}

void put_number(json_writer& out, std::string_view name, const std::optional<decimal>& x) {
  if (x)
    out.member(name, std::string_view{x->text()});
  else
    out.null(name);
}

void put_row(json_writer& out, const measure_row& x, const measure_set& wanted) {
  out.begin_object()
    .member("begin", x.begin)
    .member_or_null("companyId", x.company_id)
    .member("type", std::string_view{x.type});
  put_group(out, x.group);
  const auto& cell = x.cell;
  out.member("count", cell.count).member("skipped", cell.skipped);
  if (wanted.sum)
    put_number(out, "sum", cell.sum);
  if (wanted.avg)
    put_number(out, "avg",
               cell.count == 0 ? std::nullopt : std::optional{cell.sum.divided_by(cell.count)});
  if (wanted.min)
    put_number(out, "min", cell.least);
  if (wanted.max)
    put_number(out, "max", cell.most);
  if (wanted.distinct)
    out.member("distinct", cell.distinct.estimate());
  out.end_object();
}

// -- bodies -----------------------------------------------------------------------

/// An array of texts; empty, with a fault, for anything else.
std::vector<std::string> texts_of(object_reader& in, const char* name) {
  std::vector<std::string> out;
  const auto* x = in.find(name);
  if (x == nullptr || !x->IsArray() || x->Size() > measure_limits::types) {
    in.fail(name, "the value is not an array of at most 16 texts");
    return out;
  }
  for (const auto& y : x->GetArray())
    if (y.IsString())
      out.emplace_back(view_of(y));
    else
      in.fail(name, "the value is not an array of at most 16 texts");
  return out;
}

/// Empty if it is left out or `null`; an empty text is a fault.
std::string text_or_null_of(object_reader& in, const char* name) {
  const auto* x = in.find(name);
  if (x == nullptr || x->IsNull())
    return {};
  auto out = in.text(name).value_or("-");
  if (out.empty())
    in.fail(name, "the value is an empty text; leave it out instead");
  return out;
}

void read_types_of(object_reader& in, measure_definition& out) {
  for (const auto& x : texts_of(in, "types")) {
    auto pattern = type_pattern::parse(x);
    if (!pattern)
      in.fail("types", pattern.error().detail);
    else
      out.types.push_back(std::move(*pattern));
  }
}

void read_measures_of(object_reader& in, measure_definition& out) {
  for (const auto& x : texts_of(in, "measures"))
    if (!add_measure(out.measures, x))
      in.fail("measures", "a measure is sum, avg, min, max or distinct");
}

/// From the text, so that its numbers keep their digits.
void read_filter_of(object_reader& in, std::string_view body, measure_definition& out) {
  const auto* x = in.find("filter");
  if (x == nullptr || x->IsNull())
    return;
  auto filter = payload_filter::parse(member_text(body, "filter"));
  if (filter)
    out.filter = std::move(*filter);
  else
    in.fail(filter.error().field, filter.error().detail);
}

/// Company of a definition: that of the key, or `companyId`; empty text = of none.
expected<std::string> company_of_definition(const call& c) {
  query_reader q{c};
  const auto company = q.company();
  if (q.fault())
    return *q.fault();
  return company.value_or("");
}

expected<measure_definition> read_definition(const call& c) {
  auto company = company_of_definition(c);
  if (!company)
    return company.error();
  const auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  measure_definition out;
  out.name = c.arguments.front();
  read_types_of(in, out);
  read_filter_of(in, c.request.body, out);
  out.member = in.required_text("member");
  out.group_by = text_or_null_of(in, "groupBy");
  read_measures_of(in, out);
  const auto named = text_or_null_of(in, "companyId");
  if (const auto same = in.text("name"); same && *same != out.name)
    in.fail("name", "the body has another name than the path");
  // Allows a client to send back an answer of GET.
  for (const auto* ignored : {"createdAt", "liveFrom", "backfill"})
    in.find(ignored);
  if (!named.empty() && !company->empty() && named != *company && !c.who.is_bound())
    in.fail("companyId", "the body names another company than the query");
  if (auto fault = in.finish())
    return *fault;
  out.company_id = named.empty() ? *company : named;
  if (c.who.is_bound() && out.company_id != *company)
    return failure{ec::forbidden, "the key is bound to another company", "companyId"};
  if (auto checked = check_definition(out); !checked)
    return checked.error();
  return out;
}

// -- questions --------------------------------------------------------------------

expected<measure_list_ptr> all_definitions(const call& c) {
  if (c.ctx.backend.state_reader.measures == nullptr)
    return failure{ec::store_unavailable, "measures are not kept here", {}};
  return ask<measure_list_ptr>(c, c.ctx.backend.state_reader.measures, list_measures{});
}

template <class R, class Request>
expected<R> ask_keeper(const call& c, Request request) {
  if (c.ctx.backend.measures == nullptr)
    return no_keeper();
  return ask<R>(c, c.ctx.backend.measures, std::move(request));
}

const measure_record* find_definition(const measure_list& all, std::string_view company,
                                      std::string_view name) {
  const auto at
    = std::find_if(all.records.begin(), all.records.end(), [&](const measure_record& x) {
        return x.definition.company_id == company && x.definition.name == name;
      });
  return at == all.records.end() ? nullptr : &*at;
}

/// The changed definition, with what only the whole list tells.
expected<answer> answer_of_change(const call& c, const measure_record& x) {
  const auto all = all_definitions(c);
  if (!all)
    return all.error();
  const auto* now = find_definition(**all, x.definition.company_id, x.definition.name);
  return answer_of_record(now != nullptr && now->id == x.id ? *now : x, (*all)->cursor);
}

} // namespace

expected<answer> show_definitions(call& c) {
  const auto company = company_of_definition(c);
  if (!company)
    return company.error();
  const auto all = all_definitions(c);
  if (!all)
    return all.error();
  json_writer out;
  out.begin_object().begin_array("definitions");
  for (const auto& x : (*all)->records) {
    const auto& of = x.definition.company_id;
    if (!of.empty() && !company->empty() && of != *company)
      continue;
    out.begin_object();
    put_record(out, x, (*all)->cursor);
    out.end_object();
  }
  out.end_array().null("nextCursor").end_object();
  return answer{.body = out.take()};
}

expected<answer> show_definition(call& c) {
  const auto company = company_of_definition(c);
  if (!company)
    return company.error();
  const auto all = all_definitions(c);
  if (!all)
    return all.error();
  const auto& name = c.arguments.front();
  const auto* found = find_definition(**all, *company, name);
  if (found == nullptr)
    found = find_definition(**all, {}, name);
  if (found == nullptr)
    return no_definition();
  return answer_of_record(*found, (*all)->cursor);
}

expected<answer> put_definition(call& c) {
  auto wanted = read_definition(c);
  if (!wanted)
    return wanted.error();
  const auto made = ask_keeper<measure_record>(c, put_measure{std::move(*wanted), c.stamp()});
  return made ? answer_of_change(c, *made) : made.error();
}

expected<answer> delete_definition(call& c) {
  auto company = company_of_definition(c);
  if (!company)
    return company.error();
  const auto done = ask_keeper<atom::done>(
    c, delete_measure{std::move(*company), c.arguments.front(), c.stamp()});
  if (!done)
    return done.error();
  return answer{.status = 204};
}

expected<answer> backfill_definition(call& c) {
  auto company = company_of_definition(c);
  if (!company)
    return company.error();
  begin_backfill request{std::move(*company), c.arguments.front(), std::nullopt, c.stamp()};
  if (!c.request.body.empty()) {
    const auto body = parse_object(c.request.body);
    if (!body)
      return body.error();
    object_reader in{*body};
    if (const auto since = text_or_null_of(in, "since"); !since.empty()) {
      request.since = from_rfc3339(since);
      if (!request.since)
        in.fail("since", "the value is not a time of RFC 3339, as 2026-12-01T00:00:00Z");
    }
    if (auto fault = in.finish())
      return *fault;
  }
  const auto made = ask_keeper<measure_record>(c, std::move(request));
  return made ? answer_of_change(c, *made) : made.error();
}

expected<answer> show_measures(call& c) {
  query_reader q{c};
  query_measures request;
  request.name = q.identifier("name").value_or("");
  request.company_id = q.company();
  request.by_day = q.bucket() == stats_bucket::day;
  request.limit = max_measure_rows;
  q.range(request.from, request.to);
  if (const auto beyond = q.cursor())
    request.from = from_micros(static_cast<int64_t>(*beyond));
  if (q.fault())
    return *q.fault();
  if (request.name.empty())
    return failure{ec::invalid_argument, "the name of a definition is needed", "name"};
  if (c.ctx.backend.state_reader.measures == nullptr)
    return failure{ec::store_unavailable, "measures are not kept here", {}};
  const auto found
    = ask<measure_series_ptr>(c, c.ctx.backend.state_reader.measures, std::move(request));
  if (!found)
    return found.error();
  auto rows = (*found)->rows;
  const auto next = cut_page(rows, max_measure_rows, "narrow by companyId, or ask by hour");
  if (!next)
    return next.error();
  json_writer out;
  const auto& definition = (*found)->definition;
  out.begin_object().member("name", std::string_view{definition.name}).begin_array("series");
  for (const auto& x : rows)
    put_row(out, x, definition.measures);
  out.end_array();
  q.put_next(out, *next);
  out.end_object();
  return answer{.body = out.take()};
}

} // namespace carillon::admin
