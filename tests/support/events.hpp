#pragma once

#include "messages/events/event.hpp"
#include "messages/events/publish.hpp"

#include <memory>
#include <string>

namespace carillon::test {

/// An event as in the log.
inline std::shared_ptr<event> make_event(position seq, std::string company = "c-1",
                                         std::string type = "order.created") {
  auto out = std::make_shared<event>();
  out->seq = seq;
  out->id = "e-" + std::to_string(seq);
  out->type = std::move(type);
  out->source = "/test";
  out->time = from_micros(1'800'000'000'000'000 + static_cast<int64_t>(seq));
  out->recorded_at = out->time;
  out->company_id = std::move(company);
  out->audience = audience::company;
  out->data = R"({"n":)" + std::to_string(seq) + "}";
  return out;
}

} // namespace carillon::test
