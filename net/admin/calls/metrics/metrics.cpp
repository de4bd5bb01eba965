#include "base/json/writer.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/metrics/metric_calls.hpp"
#include "net/admin/calls/metrics/pages.hpp"
#include "net/admin/query_reader.hpp"

namespace carillon::admin {

namespace {

/// Most rows in one answer, and in one page of the store.
constexpr size_t max_rows = 10'000;

} // namespace

expected<answer> show_metrics(call& c) {
  query_reader q{c};
  counters_request request;
  request.company_id = q.company();
  request.type = q.identifier("type");
  request.by_day = q.bucket() == stats_bucket::day;
  request.limit = max_rows;
  q.range(request.from, request.to);
  if (auto beyond = q.cursor())
    request.from = from_micros(static_cast<int64_t>(*beyond));
  if (q.fault())
    return *q.fault();
  auto answered = ask<counter_rows_ptr>(c, c.ctx.reader(), request);
  if (!answered)
    return answered.error();
  auto rows = **answered;
  auto next = cut_page(rows, max_rows, "narrow by companyId or type");
  if (!next)
    return next.error();
  json_writer out;
  out.begin_object().begin_array("metrics");
  for (const auto& x : rows)
    out.begin_object()
      .member("begin", x.begin)
      .member("type", std::string_view{x.type})
      .member_or_null("companyId", x.company_id)
      .member("count", x.count)
      .end_object();
  out.end_array();
  q.put_next(out, *next);
  out.end_object();
  return answer{.body = out.take()};
}

} // namespace carillon::admin
