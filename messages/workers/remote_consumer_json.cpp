#include "base/json/object_reader.hpp"
#include "base/json/strict_json.hpp"
#include "base/json/writer.hpp"
#include "messages/workers/remote_consumer.hpp"

#include <algorithm>
#include <limits>

namespace carillon {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view order_names[] = {"none", "per_key", "total"};
constexpr uint32_t most_number = std::numeric_limits<int32_t>::max();

void put_start(json_writer& out, const remote_start& x) {
  if (const auto* seq = std::get_if<position>(&x))
    out.member("start", *seq);
  else if (const auto* at = std::get_if<timestamp>(&x))
    out.member("start", *at);
  else
    out.member("start", std::get<start_at>(x) == start_at::now ? "now" : "beginning");
}

void read_start(object_reader& in, remote_consumer& out) {
  const auto* x = in.find("start");
  if (x == nullptr)
    return;
  if (x->IsUint64()) {
    out.start = x->GetUint64();
    return;
  }
  const auto text = x->IsString() ? view_of(*x) : std::string_view{};
  if (text == "now")
    out.start = start_at::now;
  else if (text == "beginning")
    out.start = start_at::beginning;
  else if (auto at = from_rfc3339(text))
    out.start = *at;
  else
    in.fail("start", "a start is now, beginning, a position, or a time (RFC 3339)");
}

void read_types(object_reader& in, remote_consumer& out) {
  const auto* x = in.find("types");
  if (x == nullptr)
    return;
  out.types.clear();
  if (!x->IsArray())
    return in.fail("types", "the value is not an array of patterns");
  for (const auto& y : x->GetArray()) {
    auto pattern = type_pattern::parse(y.IsString() ? view_of(y) : std::string_view{});
    if (!pattern)
      return in.fail("types", "a pattern is an event type, a prefix with .*, or *");
    if (std::find(out.types.begin(), out.types.end(), *pattern) == out.types.end())
      out.types.push_back(std::move(*pattern));
  }
}

void read_filter(object_reader& in, std::string_view json, remote_consumer& out) {
  const auto* x = in.find("filter");
  if (x == nullptr || x->IsNull())
    return;
  // From the text, so that numbers keep their digits.
  auto filter = payload_filter::parse(member_text(json, "filter"));
  if (!filter)
    return in.fail(filter.error().field, filter.error().detail);
  out.filter = std::move(*filter);
}

void read_order(object_reader& in, remote_consumer& out) {
  const auto text = in.text("order");
  if (!text)
    return;
  const auto* found = std::find(std::begin(order_names), std::end(order_names), *text);
  if (found == std::end(order_names))
    return in.fail("order", "an order is none, per_key or total");
  out.order = static_cast<delivery_order>(found - std::begin(order_names));
}

void read_schedule(object_reader& in, remote_consumer& out) {
  const auto* x = in.find("retrySchedule");
  if (x == nullptr)
    return;
  out.retry_schedule.clear();
  if (!x->IsArray())
    return in.fail("retrySchedule", "the value is not an array of milliseconds");
  for (const auto& y : x->GetArray()) {
    if (!y.IsUint())
      return in.fail("retrySchedule", "the value is not an array of milliseconds");
    out.retry_schedule.emplace_back(y.GetUint());
  }
}

void read_rate(object_reader& in, remote_consumer& out) {
  const auto* x = in.find("ratePerSecond");
  if (x == nullptr || x->IsNull())
    return;
  if (!x->IsNumber())
    return in.fail("ratePerSecond", "the value is not a number");
  out.rate_per_second = x->GetDouble();
}

void read_batch(object_reader& in, remote_consumer& out) {
  const auto* x = in.find("batch");
  if (x == nullptr)
    return;
  if (!x->IsObject())
    return in.fail("batch", "the value is not an object");
  object_reader inner{*x};
  out.batch.most = inner.number("max", out.batch.most, most_number);
  out.batch.wait = milliseconds{
    inner.number("waitMs", static_cast<uint32_t>(out.batch.wait.count()), most_number)};
  if (auto fault = inner.finish())
    in.fail("batch." + fault->field, fault->detail);
}

milliseconds read_time(object_reader& in, const char* name, milliseconds otherwise) {
  return milliseconds{in.number(name, static_cast<uint32_t>(otherwise.count()), most_number)};
}

} // namespace

std::string to_json(const remote_consumer& x) {
  json_writer out;
  out.begin_object().begin_array("types");
  for (const auto& y : x.types)
    out.item(y.text());
  out.end_array()
    .raw("filter", x.filter.is_everything() ? "null" : std::string_view{x.filter.text()})
    .member("companyId", x.company_id)
    .member("order", order_names[static_cast<size_t>(x.order)])
    .member("key", x.key);
  put_start(out, x.start);
  out.member("maxAttempts", uint64_t{x.max_attempts}).begin_array("retrySchedule");
  for (auto pause : x.retry_schedule)
    out.item(static_cast<uint64_t>(pause.count()));
  out.end_array()
    .member("ackTimeoutMs", static_cast<uint64_t>(x.ack_timeout.count()))
    .member("maxInFlight", uint64_t{x.max_in_flight})
    .member("maxPerKey", uint64_t{x.max_per_key})
    .member("ratePerSecond", x.rate_per_second)
    .begin_object("batch")
    .member("max", uint64_t{x.batch.most})
    .member("waitMs", static_cast<uint64_t>(x.batch.wait.count()))
    .end_object()
    .end_object();
  return out.take();
}

expected<remote_consumer> remote_consumer_from_json(std::string name, std::string_view json) {
  auto parsed = parse_object(json);
  if (!parsed)
    return parsed.error();
  object_reader in{*parsed};
  remote_consumer out;
  out.name = std::move(name);
  read_types(in, out);
  read_filter(in, json, out);
  if (const auto* company = in.find("companyId"); company != nullptr && !company->IsNull())
    out.company_id = in.text("companyId");
  read_order(in, out);
  out.key = in.text("key").value_or(out.key);
  read_start(in, out);
  out.max_attempts = in.number("maxAttempts", out.max_attempts, most_number);
  read_schedule(in, out);
  out.ack_timeout = read_time(in, "ackTimeoutMs", out.ack_timeout);
  out.max_in_flight = in.number("maxInFlight", out.max_in_flight, most_number);
  out.max_per_key = in.number("maxPerKey", out.max_per_key, most_number);
  read_rate(in, out);
  read_batch(in, out);
  if (auto fault = in.finish())
    return std::move(*fault);
  if (auto valid = validate(out); !valid)
    return valid.error();
  return out;
}

} // namespace carillon
