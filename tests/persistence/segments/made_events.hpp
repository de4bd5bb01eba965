#pragma once

#include "messages/events/event.hpp"
#include "persistence/segments/format/record.hpp"

#include <random>
#include <string>
#include <vector>

namespace carillon::test {

/// A draft in which every field has a value that depends on the number.
inline draft_ptr made_event(uint64_t number, size_t data_bytes = 20) {
  auto x = std::make_shared<event>();
  x->id = "id-" + std::to_string(number);
  x->type = number % 3 == 0 ? "order.created" : "payment.received";
  x->source = "/shop/" + std::to_string(number % 7);
  x->time = from_micros(1'700'000'000'000'000 + static_cast<int64_t>(number % 977) * 1'000'003);
  x->company_id = number % 5 == 0 ? "" : "company-" + std::to_string(number % 5);
  x->user_id = "u" + std::to_string(number % 11);
  x->correlation_id = "c" + std::to_string(number / 4);
  x->causation_id = number % 2 == 0 ? "" : "before-" + std::to_string(number);
  x->traceparent = number % 2 == 0 ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : "";
  x->hops = static_cast<uint8_t>(number % 4);
  x->audience = static_cast<audience>(number % 4);
  x->data
    = R"({"n":)" + std::to_string(number) + R"(,"text":")" + std::string(data_bytes, 'x') + "\"}";
  x->metadata = R"({"by":"test"})";
  return x;
}

/// All that is stored of an event but its position, in one text.
inline std::string text_of(const event& x) {
  std::string out;
  for (const auto* part : {&x.id, &x.type, &x.source, &x.company_id, &x.user_id, &x.correlation_id,
                           &x.causation_id, &x.traceparent, &x.data, &x.metadata})
    out += *part + '\n';
  return out + std::to_string(to_micros(x.time)) + ' ' + std::to_string(to_micros(x.recorded_at))
         + ' ' + std::to_string(x.hops) + ' ' + std::to_string(static_cast<int>(x.audience));
}

inline std::string text_of(const segments::record_view& x) {
  return text_of(*segments::event_of(x));
}

} // namespace carillon::test
