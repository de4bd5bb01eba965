#include "persistence/postgres/log/event_row.hpp"

#include "base/time.hpp"

namespace carillon::postgres {

std::string text_of(const pqxx::field& x) {
  return {x.c_str(), x.size()};
}

event_ptr event_of(const pqxx::row& row) {
  auto x = std::make_shared<event>();
  x->seq = row[0].as<position>();
  x->type = text_of(row[1]);
  x->time = from_micros(row[2].as<int64_t>());
  x->company_id = text_of(row[3]);
  x->user_id = text_of(row[4]);
  x->correlation_id = text_of(row[5]);
  x->id = text_of(row[6]);
  x->source = text_of(row[7]);
  x->recorded_at = from_micros(row[8].as<int64_t>());
  x->causation_id = text_of(row[9]);
  x->traceparent = text_of(row[10]);
  x->audience = static_cast<audience>(row[11].as<int>() & 3);
  x->metadata = text_of(row[12]);
  x->data = text_of(row[13]);
  x->hops = static_cast<uint8_t>(row[14].as<int>());
  return x;
}

} // namespace carillon::postgres
