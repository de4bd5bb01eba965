#include "persistence/sqlite/log/event_row.hpp"

namespace carillon::sqlite {

// Columns are in the order of CARILLON_EVENT_COLUMNS in `log_sql.cpp`.

event_keys keys_of(const statement& row) {
  return {.type = row.text(1),
          .company_id = row.text(3),
          .user_id = row.text(4),
          .correlation_id = row.text(5),
          .time = from_micros(row.integer(2))};
}

event_ptr event_of(const statement& row) {
  auto x = std::make_shared<event>();
  x->seq = row.number(0);
  x->type = row.text(1);
  x->time = from_micros(row.integer(2));
  x->company_id = row.text(3);
  x->user_id = row.text(4);
  x->correlation_id = row.text(5);
  x->id = row.text(6);
  x->source = row.text(7);
  x->recorded_at = from_micros(row.integer(8));
  x->causation_id = row.text(9);
  x->traceparent = row.text(10);
  x->audience = static_cast<audience>(row.integer(11) & 3);
  x->metadata = row.text(12);
  x->data = row.text(13);
  x->hops = static_cast<uint8_t>(row.integer(14));
  return x;
}

void bind_event(statement& insert, const event& x) {
  insert.bind(1, x.seq);
  insert.bind(2, std::string_view{x.type});
  insert.bind(3, to_micros(x.time));
  insert.bind(4, std::string_view{x.company_id});
  insert.bind(5, std::string_view{x.user_id});
  insert.bind(6, std::string_view{x.correlation_id});
  insert.bind(7, std::string_view{x.id});
  insert.bind(8, std::string_view{x.source});
  insert.bind(9, to_micros(x.recorded_at));
  insert.bind(10, std::string_view{x.causation_id});
  insert.bind(11, std::string_view{x.traceparent});
  insert.bind(12, static_cast<int64_t>(x.audience));
  insert.bind(13, std::string_view{x.metadata});
  insert.bind(14, std::string_view{x.data});
  insert.bind(15, static_cast<int64_t>(x.hops));
}

} // namespace carillon::sqlite
