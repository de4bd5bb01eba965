#include "messages/workers/texts.hpp"

#include "base/json/appender.hpp"
#include "base/json/object_reader.hpp"
#include "base/json/strict_json.hpp"
#include "messages/codec/codec.hpp"
#include "messages/jobs/texts.hpp"

#include <algorithm>
#include <limits>

namespace carillon {

namespace {

constexpr uint32_t most_credit = 10'000;
constexpr size_t most_settled = 10'000;
constexpr uint32_t most_extended_ms = 3'600'000;
constexpr uint32_t most_percent = 100;
constexpr size_t reason_bytes = 1'000;
/// Of a result that is said of several deliveries: each has a copy.
constexpr size_t most_results_bytes = 1024UL * 1024;
constexpr uint32_t most_ms = std::numeric_limits<int32_t>::max();

settlement::kind kind_of(std::string_view operation) noexcept {
  return operation == "ack"       ? settlement::kind::ack
         : operation == "nack"    ? settlement::kind::nack
         : operation == "extend"  ? settlement::kind::extend
         : operation == "release" ? settlement::kind::release
                                  : settlement::kind::progress;
}

void read_progress(object_reader& in, job_progress& out) {
  out.note = in.text("note").value_or(std::string{});
  if (in.find("percent") != nullptr)
    out.percent = in.number("percent", 0, most_percent);
  if (out.note.empty() && !out.percent)
    in.fail("note", "say a note, a percentage, or both");
}

void read_rest(object_reader& in, work_kind of, std::string_view text, settlement& out) {
  if (out.what == settlement::kind::ack && of == work_kind::jobs)
    if (const auto* result = in.find("result"); result != nullptr && !result->IsNull()) {
      out.result = member_text(text, "result");
      if (out.result.empty())
        out.result = json_text_of(*result);
    }
  if (out.what == settlement::kind::progress)
    read_progress(in, out.progress);
  if (out.what == settlement::kind::nack) {
    // What is not kept is not copied for each delivery.
    out.reason = in.text("reason").value_or(std::string{}).substr(0, reason_bytes);
    out.time = std::chrono::milliseconds{in.number("delayMs", 0, most_ms)};
    out.dead = in.flag("dead", false);
  } else if (out.what == settlement::kind::extend) {
    if (in.find("ms") == nullptr)
      in.fail("ms", "say how many milliseconds more it is to have");
    out.time = std::chrono::milliseconds{in.number("ms", 0, most_extended_ms)};
  }
}

void read_ids(object_reader& in, const rapidjson::Value& ids, settlement::kind what,
              settle_deliveries& out) {
  if (!ids.IsArray() || ids.Empty() || ids.Size() > most_settled)
    return in.fail("ids", "the value is not an array of 1 to 10000 ids");
  for (const auto& x : ids.GetArray()) {
    if (!x.IsString())
      return in.fail("ids", "an id is a text");
    out.items.push_back({.what = what, .id = std::string{view_of(x)}});
  }
}

void read_deliveries(object_reader& in, const rapidjson::Value& all, settlement like,
                     settle_deliveries& out) {
  if (!all.IsArray() || all.Empty() || all.Size() > most_settled)
    return in.fail("deliveries", "the value is not an array of 1 to 10000 deliveries");
  if (all.Size() * like.result.size() > most_results_bytes)
    return in.fail("result", "results have at most 1 MiB for all deliveries together");
  for (const auto& x : all.GetArray()) {
    if (!x.IsObject())
      return in.fail("deliveries", "a delivery is an object with id and fence");
    object_reader item{x};
    like.id = item.required_text("id");
    like.fence = item.required_text("fence");
    if (auto fault = item.finish())
      return in.fail("deliveries." + fault->field, fault->detail);
    out.items.push_back(like);
  }
}

expected<void> check_sizes(const settlement& x) {
  if (x.result.size() > job_limits::result_bytes)
    return failure{ec::too_large, "a result has at most 32 KiB", "result"};
  return check(x.progress);
}

/// @param in has read `op`
expected<settle_deliveries> settlements_of(object_reader& in, settlement::kind what, bool fenced,
                                           work_kind of, std::string_view text) {
  settle_deliveries out;
  settlement one{.what = what};
  const auto plain = what == settlement::kind::ack || what == settlement::kind::release;
  const auto* ids = plain && !fenced ? in.find("ids") : nullptr;
  const auto* all = in.find("deliveries");
  if (ids == nullptr)
    read_rest(in, of, text, one);
  if (auto sized = check_sizes(one); !sized)
    return sized.error();
  if (ids != nullptr) {
    read_ids(in, *ids, what, out);
  } else if (all != nullptr) {
    read_deliveries(in, *all, one, out);
  } else {
    one.id = in.required_text("id");
    one.fence = fenced ? in.required_text("fence") : in.text("fence").value_or(std::string{});
    out.items.push_back(std::move(one));
  }
  if (auto fault = in.finish())
    return std::move(*fault);
  return out;
}

} // namespace

expected<settle_deliveries> settlements_from(std::string_view operation,
                                             const rapidjson::Value& object, bool fenced,
                                             work_kind of, std::string_view text) {
  object_reader in{object};
  return settlements_of(in, kind_of(operation), fenced, of, text);
}

expected<worker_command> parse_worker_command(std::string_view text, work_kind of) {
  auto parsed = parse_object(text);
  if (!parsed)
    return parsed.error();
  object_reader in{*parsed};
  auto operation = in.required_text("op");
  const auto jobs = of == work_kind::jobs;
  if (operation == "ack" || operation == "nack" || operation == "extend" || operation == "release"
      || (jobs && operation == "progress")) {
    auto out = settlements_of(in, kind_of(operation), false, of, text);
    if (!out)
      return out.error();
    return worker_command{std::move(*out)};
  }
  worker_command out = drain_command{};
  if (operation == "credit") {
    auto n = in.number("n", 0, most_credit);
    if (n == 0)
      in.fail("n", "a credit has 1 to 10000 deliveries");
    out = credit_command{n};
  } else if (operation != "drain") {
    in.fail("op", jobs ? "a worker sends credit, ack, nack, extend, release, progress or drain"
                       : "a worker sends credit, ack, nack, extend, release or drain");
  }
  if (auto fault = in.finish())
    return std::move(*fault);
  return out;
}

size_t append_deliveries(std::string& out, const handed_deliveries& all, size_t first,
                         size_t bytes) {
  const auto begin = out.size();
  size_t count = 0;
  out += "\"deliveries\":[";
  for (auto i = first; i < all.size(); ++i) {
    const auto& x = all[i];
    const auto text = x.work ? handed_json(*x.work) : std::string{};
    const std::string& event = x.work ? text : json_of(*x.what.event);
    if (count > 0 && out.size() - begin + event.size() > bytes)
      break;
    if (count++ > 0)
      out += ',';
    json_appender to{out};
    to.begin_object()
      .member("id", x.id)
      .member("fence", x.fence)
      .member("attempt", uint64_t{x.what.attempt})
      .member("deadline", to_rfc3339(x.deadline));
    if (x.what.replay())
      to.member("replay", x.what.replay_id);
    to.member_unless_empty("traceparent", x.traceparent);
    to.raw(x.work ? "job" : "event", event).end_object();
  }
  out += ']';
  return count;
}

std::string hello_json(std::string_view name, const worker_hello& x, work_kind of) {
  std::string out;
  json_appender to{out};
  to.begin_object().member("op", "hello");
  if (of == work_kind::jobs)
    to.member("queue", name);
  else
    to.member("consumer", name).member("generation", x.generation).member("history", x.history);
  to.member("ackTimeoutMs", static_cast<uint64_t>(x.ack_timeout.count())).end_object();
  return out;
}

std::string acked_json(position up_to) {
  std::string out;
  json_appender{out}.begin_object().member("op", "acked").member("upTo", up_to).end_object();
  return out;
}

std::string stale_json(const std::vector<std::string>& ids) {
  std::string out = R"({"op":"stale","ids":[)";
  for (const auto& x : ids) {
    if (out.back() == '"')
      out += ',';
    append_json_string(out, x);
  }
  return out + "]}";
}

} // namespace carillon
