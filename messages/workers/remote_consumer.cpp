#include "messages/workers/remote_consumer.hpp"

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cmath>

namespace carillon {

namespace {

using namespace std::chrono_literals;

constexpr size_t most_types = 100;
constexpr size_t most_retries = 20;
constexpr uint32_t most_attempts = 100;
constexpr uint32_t most_in_flight = 10'000;
constexpr uint32_t most_per_key = 64;
constexpr uint32_t most_in_batch = 1'000;
constexpr size_t pointer_bytes = 256;
constexpr size_t key_bytes = 256;

failure wrong(std::string field, std::string detail) {
  return {ec::invalid_argument, std::move(detail), std::move(field)};
}

expected<void> check_key(const remote_consumer& x) {
  if (x.key == "company" || x.key == "user")
    return {};
  if (x.key.empty() || x.key.front() != '/' || x.key.size() > pointer_bytes
      || !rapidjson::Pointer{x.key.data(), x.key.size()}.IsValid())
    return wrong("key", "the key is company, user, or a JSON pointer into data such as /orderId");
  return {};
}

/// The value at a pointer as text; empty if there is none.
std::string text_at(const std::string& pointer, const std::string& data) {
  rapidjson::Document parsed;
  parsed.Parse<rapidjson::kParseIterativeFlag>(data.data(), data.size());
  if (parsed.HasParseError())
    return {};
  const auto* value = rapidjson::Pointer{pointer.data(), pointer.size()}.Get(parsed);
  if (value == nullptr || value->IsNull())
    return {};
  if (value->IsString())
    return {value->GetString(), value->GetStringLength()};
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer{out};
  value->Accept(writer);
  return {out.GetString(), out.GetSize()};
}

} // namespace

bool is_remote_consumer_name(std::string_view x) noexcept {
  return is_consumer_name(x) && !x.starts_with("webhook.") && !x.starts_with("carillon.");
}

expected<void> validate(const remote_consumer& x) {
  if (!is_remote_consumer_name(x.name))
    return wrong("name", "the name of a consumer has 1-64 of a-z 0-9 . _ - and begins with a "
                         "letter; webhook. and carillon. are taken");
  if (x.types.empty() || x.types.size() > most_types)
    return wrong("types", "name 1 to 100 event types or patterns");
  if (x.company_id && !is_identifier(*x.company_id))
    return wrong("companyId", "the company is 1 to 128 bytes without control characters");
  if (auto key = check_key(x); !key)
    return key;
  if (x.max_attempts == 0 || x.max_attempts > most_attempts)
    return wrong("maxAttempts", "1 to 100 attempts are possible");
  auto is_pause = [](auto pause) { return pause >= 0ms && pause <= 24h; };
  if (x.retry_schedule.empty() || x.retry_schedule.size() > most_retries
      || !std::all_of(x.retry_schedule.begin(), x.retry_schedule.end(), is_pause))
    return wrong("retrySchedule", "name 1 to 20 pauses of 0 to 86400000 milliseconds");
  if (x.ack_timeout < 100ms || x.ack_timeout > 1h)
    return wrong("ackTimeoutMs", "a time to acknowledge has 100 to 3600000 milliseconds");
  if (x.max_in_flight == 0 || x.max_in_flight > most_in_flight)
    return wrong("maxInFlight", "1 to 10000 deliveries may be in flight");
  if (x.max_per_key == 0 || x.max_per_key > most_per_key)
    return wrong("maxPerKey", "1 to 64 deliveries of a key may be in flight");
  if (x.max_per_key > 1 && x.order != delivery_order::per_key)
    return wrong("maxPerKey", "only the order per_key has keys");
  if (x.rate_per_second && !(*x.rate_per_second >= 0.001 && *x.rate_per_second <= 1e6))
    return wrong("ratePerSecond", "a rate has 0.001 to 1000000 deliveries a second");
  if (x.batch.most == 0 || x.batch.most > most_in_batch)
    return wrong("batch.max", "1 to 1000 deliveries travel together");
  if (x.batch.wait < 0ms || x.batch.wait > 1s)
    return wrong("batch.waitMs", "a delivery waits 0 to 1000 milliseconds for others");
  return {};
}

std::string_view fixed_field_changed(const remote_consumer& before, const remote_consumer& after) {
  if (before.types != after.types)
    return "types";
  if (before.filter != after.filter)
    return "filter";
  if (before.company_id != after.company_id)
    return "companyId";
  if (before.order != after.order)
    return "order";
  if (before.key != after.key)
    return "key";
  if (before.start != after.start)
    return "start";
  return {};
}

std::string order_key_of(const remote_consumer& x, const event& e) {
  if (x.key == "company")
    return e.company_id;
  if (x.key == "user")
    return e.user_id.empty() ? e.company_id : e.company_id + '\n' + e.user_id;
  auto text = text_at(x.key, e.data);
  if (text.size() > key_bytes)
    text.resize(key_bytes);
  return e.company_id + '\n' + text;
}

} // namespace carillon
