#include "base/json/writer.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/events/event_calls.hpp"
#include "net/admin/query_reader.hpp"

#include <iterator>

namespace carillon::admin {

namespace {

/// Most buckets in one answer.
constexpr ptrdiff_t max_buckets = 10'000;

void put_counts(json_writer& out, const std::map<std::string, uint64_t>& counts) {
  for (const auto& [type, count] : counts)
    out.member(type, count);
}

failure too_many() {
  return {ec::invalid_argument,
          "there are more than 10000 buckets in this range; narrow it or take bucket=day",
          "startDate"};
}

} // namespace

expected<answer> show_stats(call& c) {
  query_reader q{c};
  stats_request request;
  request.company_id = q.company();
  request.bucket = q.bucket();
  q.range(request.from, request.to);
  if (q.fault())
    return *q.fault();
  auto width
    = request.bucket == stats_bucket::hour ? std::chrono::hours{1} : std::chrono::hours{24};
  auto buckets = request.bucket != stats_bucket::none;
  if (buckets && request.from && request.to && (*request.to - *request.from) / width > max_buckets)
    return too_many();
  auto result = ask<stats_result_ptr>(c, c.ctx.reader(), request);
  if (!result)
    return result.error();
  const auto& rows = (*result)->rows;
  json_writer out;
  out.begin_object();
  if (!buckets) {
    std::map<std::string, uint64_t> total;
    for (const auto& row : rows)
      for (const auto& [type, count] : row.counts)
        total[type] += count;
    put_counts(out, total);
  } else {
    if (std::ssize(rows) > max_buckets)
      return too_many();
    out.begin_array("buckets");
    for (const auto& row : rows) {
      out.begin_object().member("begin", row.begin).begin_object("counts");
      put_counts(out, row.counts);
      out.end_object().end_object();
    }
    out.end_array();
  }
  out.end_object();
  return answer{.body = out.take()};
}

} // namespace carillon::admin
