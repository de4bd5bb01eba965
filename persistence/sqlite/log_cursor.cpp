#include "persistence/sqlite/log_cursor.hpp"

namespace carillon::sqlite {

log_fault no_event_at(position x) {
  return log_fault{
    {ec::store_unavailable, "the log has no event at position " + std::to_string(x), {}}};
}

log_cursor::log_cursor(log_place place) : place_(std::move(place)) {
}

segments::segment_reader& log_cursor::reader() {
  if (!reader_) {
    auto made = place_.open();
    if (!made)
      throw log_fault{made.error()};
    reader_.emplace(std::move(*made));
  }
  return *reader_;
}

const segments::record_view* log_cursor::at(position x) {
  auto found = reader().at(x);
  if (found)
    return *found;
  if (place_.tell)
    place_.tell("the log cannot be read: " + found.error().detail);
  throw log_fault{found.error()};
}

log_cursor::look log_cursor::look_at(position x) {
  try {
    return {at(x), false};
  } catch (const log_fault& fault) {
    if (fault.why().code != ec::store_refused)
      throw;
    return {nullptr, true};
  }
}

position log_cursor::head() {
  return reader().head();
}

position log_cursor::first() {
  return reader().first();
}

void log_cursor::refresh() {
  if (!place_.refresh)
    return;
  if (auto seen = place_.refresh(); !seen)
    throw log_fault{seen.error()};
  if (reader_)
    reader_->look_again();
}

} // namespace carillon::sqlite
