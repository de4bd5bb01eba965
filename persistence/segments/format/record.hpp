#pragma once

#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::segments {

/// An event as it lies in a frame: all that is stored of it. Texts are views into the bytes that it
/// was read from.
struct record_view {
  position seq = 0;
  timestamp time;
  timestamp recorded_at;
  carillon::audience audience = carillon::audience::none;
  uint8_t hops = 0;
  std::string_view type;
  std::string_view company_id;
  std::string_view user_id;
  std::string_view correlation_id;
  std::string_view id;
  std::string_view source;
  std::string_view causation_id;
  std::string_view traceparent;
  std::string_view metadata;
  std::string_view data;
};

/// The keys of a filter, views like the record's.
event_keys keys_of(const record_view& x) noexcept;

/// Builds the event; each text is copied once.
event_ptr event_of(const record_view& x);

/// Bytes that `put_record` writes at most.
size_t record_bound(const event& x) noexcept;

/// Writes the record of an event, see docs/format.md, and returns where it ends. Its position is
/// that of the frame plus the number of records before.
/// @param recorded_at time of the frame, which the record does not repeat
char* put_record(char* at, const event& x, timestamp recorded_at) noexcept;

/// Reads the record at the beginning of `bytes`, and leaves in `bytes` what is behind it. All of
/// `out` but `seq` is set; `recorded_at` must be that of the frame. False if these bytes are no
/// record.
bool read_record(std::string_view& bytes, timestamp recorded_at, record_view& out) noexcept;

/// Length of the record at the beginning of `bytes` with its own length; 0 if there is none.
size_t record_length(std::string_view bytes) noexcept;

} // namespace carillon::segments
