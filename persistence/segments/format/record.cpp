#include "persistence/segments/format/record.hpp"

#include "persistence/segments/format/bytes.hpp"

#include <array>

namespace carillon::segments {

namespace {

constexpr size_t text_count = 10;

/// Of the length, audience and hops, the time, and the lengths of the texts.
constexpr size_t numbers_bound = 10 + 2 + 10 + text_count * 10;

/// In the order of the file: what filters look at comes first.
std::array<std::string_view, text_count> texts_of(const event& x) noexcept {
  return {x.type,   x.company_id,   x.user_id,     x.correlation_id, x.id,
          x.source, x.causation_id, x.traceparent, x.metadata,       x.data};
}

/// Small for times before and after.
uint64_t zigzag(int64_t x) noexcept {
  return (static_cast<uint64_t>(x) << 1) ^ static_cast<uint64_t>(x >> 63);
}

int64_t unzigzag(uint64_t x) noexcept {
  return static_cast<int64_t>((x >> 1) ^ (~(x & 1) + 1));
}

/// `a - b` without overflow: any two times, also those that only a damaged file has.
int64_t wrapping_difference(int64_t a, int64_t b) noexcept {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}

} // namespace

event_keys keys_of(const record_view& x) noexcept {
  return {.type = x.type,
          .company_id = x.company_id,
          .user_id = x.user_id,
          .correlation_id = x.correlation_id,
          .time = x.time,
          .id = x.id,
          .source = x.source,
          .causation_id = x.causation_id,
          .data = x.data};
}

event_ptr event_of(const record_view& x) {
  auto out = std::make_shared<event>();
  out->seq = x.seq;
  out->id = x.id;
  out->type = x.type;
  out->source = x.source;
  out->time = x.time;
  out->recorded_at = x.recorded_at;
  out->company_id = x.company_id;
  out->user_id = x.user_id;
  out->correlation_id = x.correlation_id;
  out->causation_id = x.causation_id;
  out->traceparent = x.traceparent;
  out->hops = x.hops;
  out->audience = x.audience;
  out->data = x.data;
  out->metadata = x.metadata;
  return out;
}

size_t record_bound(const event& x) noexcept {
  size_t out = numbers_bound;
  for (const auto text : texts_of(x))
    out += text.size();
  return out;
}

char* put_record(char* at, const event& x, timestamp recorded_at) noexcept {
  const auto texts = texts_of(x);
  const auto age = zigzag(wrapping_difference(to_micros(recorded_at), to_micros(x.time)));
  size_t bytes = 2 + varint_size(age);
  for (const auto text : texts)
    bytes += varint_size(text.size()) + text.size();
  at = put_varint(at, bytes);
  *at++ = static_cast<char>(x.audience);
  *at++ = static_cast<char>(x.hops);
  at = put_varint(at, age);
  for (const auto text : texts)
    at = put_varint(at, text.size());
  for (const auto text : texts) {
    std::memcpy(at, text.data(), text.size());
    at += text.size();
  }
  return at;
}

bool read_record(std::string_view& bytes, timestamp recorded_at, record_view& out) noexcept {
  uint64_t length = 0;
  if (!take_varint(bytes, length) || length < 2 || length > bytes.size())
    return false;
  auto body = bytes.substr(0, length);
  bytes.remove_prefix(length);
  const auto audience_number = static_cast<unsigned char>(body[0]);
  if (audience_number > static_cast<unsigned char>(audience::all))
    return false;
  out.audience = static_cast<carillon::audience>(audience_number);
  out.hops = static_cast<uint8_t>(body[1]);
  body.remove_prefix(2);
  uint64_t age = 0;
  if (!take_varint(body, age))
    return false;
  out.time = from_micros(wrapping_difference(to_micros(recorded_at), unzigzag(age)));
  out.recorded_at = recorded_at;
  std::array<uint64_t, text_count> lengths{};
  for (auto& x : lengths)
    if (!take_varint(body, x))
      return false;
  const std::array<std::string_view*, text_count> texts{
    &out.type,   &out.company_id,   &out.user_id,     &out.correlation_id, &out.id,
    &out.source, &out.causation_id, &out.traceparent, &out.metadata,       &out.data};
  for (size_t i = 0; i < text_count; ++i) {
    if (lengths[i] > body.size())
      return false;
    *texts[i] = body.substr(0, lengths[i]);
    body.remove_prefix(lengths[i]);
  }
  return body.empty();
}

size_t record_length(std::string_view bytes) noexcept {
  const auto all = bytes.size();
  uint64_t length = 0;
  if (!take_varint(bytes, length) || length > bytes.size())
    return 0;
  return all - bytes.size() + length;
}

} // namespace carillon::segments
