#include "persistence/segments/format/frame.hpp"
#include "persistence/segments/format/seal.hpp"
#include "persistence/segments/format/segment_header.hpp"
#include "tests/persistence/segments/made_events.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace carillon::segments {

TEST_SUITE("persistence/segment_frames") {
  namespace {

  const timestamp noon = from_micros(1'700'000'000'123'456);

  std::string frame_of(const std::vector<draft_ptr>& events, uint64_t generation = 7,
                       position first = 100) {
    std::string out;
    REQUIRE(make_frame(out, generation, first, noon, events));
    return out;
  }

  std::string flipped(std::string x, size_t bit) {
    x[bit / 8] = static_cast<char>(static_cast<unsigned char>(x[bit / 8]) ^ (1U << (bit % 8)));
    return x;
  }

  } // namespace

  TEST_CASE("a frame gives back all that is stored of its events") {
    std::vector<draft_ptr> events;
    for (uint64_t i = 0; i < 20; ++i)
      events.push_back(test::made_event(i, i * 50));
    auto odd = std::make_shared<event>(); // nothing but what it must have
    odd->time = from_micros(std::numeric_limits<int64_t>::min());
    odd->hops = 255;
    odd->data.clear();
    events.push_back(odd);
    auto late = test::made_event(99);
    late->time = from_micros(std::numeric_limits<int64_t>::max());
    late->data.assign(300'000, '\xc3');
    events.push_back(late);
    const auto bytes = frame_of(events);
    CHECK(bytes.size() % frame_alignment == 0);
    CHECK(frame_length(bytes) == bytes.size());
    const auto longer = bytes + "more";
    const auto x = read_frame(longer, 7);
    REQUIRE(x.has_value());
    CHECK(x->first == 100);
    CHECK(x->count == events.size());
    CHECK(x->bytes == bytes.size());
    auto records = x->records;
    record_view record;
    for (const auto& was : events) {
      CHECK(record_length(records) > 0);
      REQUIRE(read_record(records, x->recorded_at, record));
      auto copy = *was;
      copy.recorded_at = noon;
      CHECK(test::text_of(record) == test::text_of(copy));
      CHECK(keys_of(record).type == was->type);
      CHECK(keys_of(record).time == was->time);
    }
    CHECK(records.empty());
  }

  TEST_CASE("a frame with any bit changed is none, nor one that is cut, nor one of another file") {
    const auto bytes = frame_of({test::made_event(1), test::made_event(2)});
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit)
      REQUIRE_FALSE(read_frame(flipped(bytes, bit), 7).has_value());
    for (size_t n = 0; n < bytes.size(); ++n)
      REQUIRE_FALSE(read_frame(std::string_view{bytes}.substr(0, n), 7).has_value());
    CHECK_FALSE(read_frame(bytes, 8).has_value());
    auto moved = bytes;
    move_frame(moved, 8);
    CHECK(read_frame(moved, 8).has_value());
    CHECK_FALSE(read_frame(moved, 7).has_value());
  }

  TEST_CASE("the mark of a clean end is a frame without events") {
    const auto x = read_frame(frame_of({}), 7);
    REQUIRE(x.has_value());
    CHECK(x->count == 0);
    CHECK(x->bytes == frame_head_bytes);
  }

  TEST_CASE("records that do not end where they say are refused") {
    const auto bytes = frame_of({test::made_event(1)});
    const std::string good{read_frame(bytes, 7)->records};
    record_view record;
    for (size_t n = 0; n < good.size(); ++n) {
      auto cut = std::string_view{good}.substr(0, n);
      CHECK_FALSE(read_record(cut, noon, record));
    }
    for (size_t bit = 0; bit < good.size() * 8; ++bit) { // never reads beyond
      const auto changed = flipped(good, bit);
      std::string_view rest{changed};
      static_cast<void>(read_record(rest, noon, record));
    }
  }

  TEST_CASE("a group beyond the bound is refused before memory is taken") {
    auto big = test::made_event(1, event_limits::data_bytes);
    const std::vector<draft_ptr> events(1'100, big);
    std::string out;
    CHECK_FALSE(make_frame(out, 7, 1, noon, events));
    CHECK(out.capacity() < max_frame_bytes);
  }

  TEST_CASE("a header is read back; any changed bit, and another format, are refused") {
    const segment_header x{.first = 4711,
                           .generation = 0xfeedfacecafebeefU,
                           .history = std::string(32, 'h'),
                           .made_at = noon,
                           .file_bytes = 65'536};
    const auto page = encode(x);
    CHECK(decode_header(page).value() == x);
    for (size_t bit = 0; bit < page.size() * 8; ++bit)
      REQUIRE_FALSE(decode_header(flipped(page, bit)).has_value());
    CHECK(decode_header(page.substr(1)).error().code == ec::store_corrupt);
    CHECK(segment_name(4711) == "00000000000000004711.seg");
    CHECK(segment_first("00000000000000004711.seg") == 4711);
    for (const auto* name : {"4711.seg", "00000000000000000000.seg", "0000000000000000471x.seg",
                             "00000000000000004711.seg.cut", "spare.tmp", ""})
      CHECK_FALSE(segment_first(name).has_value());
  }

  TEST_CASE("a seal is read back; any changed bit is found") {
    seal x{.first = 10,
           .last = 99,
           .content_bytes = 100'000,
           .min_time = from_micros(-5),
           .max_time = noon,
           .first_recorded_at = noon,
           .last_recorded_at = noon};
    x.content.fill(3);
    x.before.fill(4);
    x.blocks = {{10, 4'096, 40'000, 4'096, 40'000}, {55, 44'096, 55'904, 44'096, 55'904}};
    const auto bytes = encode(x, 102'400);
    CHECK(seal_bytes(std::string_view{bytes}.substr(bytes.size() - seal::trailer_bytes))
          == bytes.size());
    CHECK(decode_seal(bytes).value() == x);
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit)
      REQUIRE_FALSE(decode_seal(flipped(bytes, bit)).has_value());
    auto other = x;
    other.before.fill(5);
    CHECK(seal_hash(other) != seal_hash(x));
  }
}

} // namespace carillon::segments
