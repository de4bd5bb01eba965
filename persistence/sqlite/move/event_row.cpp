#include "persistence/sqlite/move/event_row.hpp"

namespace carillon::sqlite {

// Columns are in the order of `events_query::scan_up`.

draft_ptr event_of(const statement& row) {
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

bool is_same(const statement& row, const segments::record_view& record) {
  return record.seq == row.number(0) && record.type == row.text(1)
         && record.time == from_micros(row.integer(2)) && record.company_id == row.text(3)
         && record.user_id == row.text(4) && record.correlation_id == row.text(5)
         && record.id == row.text(6) && record.source == row.text(7)
         && record.recorded_at == from_micros(row.integer(8)) && record.causation_id == row.text(9)
         && record.traceparent == row.text(10)
         && record.audience == static_cast<audience>(row.integer(11) & 3)
         && record.metadata == row.text(12) && record.data == row.text(13)
         && record.hops == static_cast<uint8_t>(row.integer(14));
}

} // namespace carillon::sqlite
