#include "actors/consumers/retries/dead_letter_note.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

using namespace carillon;

TEST_SUITE("actors/dead_letter_note") {
  namespace {

  retry_row failed_row() {
    retry_row out;
    out.seq = 7;
    out.replay_id = 3;
    out.attempts = 5;
    out.last_error = "no";
    out.first_failed_at = from_micros(12);
    return out;
  }

  consumer_settings settings() {
    consumer_settings out;
    out.name = "sut";
    return out;
  }

  } // namespace

  TEST_CASE("a dead letter has the row and the event") {
    auto event = test::make_event(7);
    auto x = letter_of("sut", failed_row(), event.get(), from_micros(99));
    CHECK(x.consumer == "sut");
    CHECK(x.seq == 7);
    CHECK(x.replay_id == 3);
    CHECK(x.attempts == 5);
    CHECK(x.last_error == "no");
    CHECK(x.event_id == event->id);
    CHECK(x.event_type == event->type);
    CHECK(x.company_id == event->company_id);
    CHECK(x.created_at == from_micros(99));
  }

  TEST_CASE("an event that the log does not have leaves its fields empty") {
    auto x = letter_of("sut", failed_row(), nullptr, from_micros(99));
    CHECK(x.seq == 7);
    CHECK(x.event_id.empty());
    CHECK(x.event_type.empty());
    CHECK(x.company_id.empty());
  }

  TEST_CASE("the report has the same id on every try") {
    auto event = test::make_event(7);
    auto row = failed_row();
    auto spec = settings();
    std::vector<std::string> ids;
    spec.note = [&](const dead_letter&, const publish_options& options) -> expected<draft_ptr> {
      CHECK(options.causation_id == event->id);
      ids.push_back(options.id);
      return failure{ec::internal, "not needed", {}};
    };
    for (auto at : {from_micros(99), from_micros(100)})
      CHECK(note_of(spec, letter_of("sut", row, event.get(), at), row, *event).has_error());
    CHECK(ids == std::vector<std::string>{"dead-letter/sut/7/3/12", "dead-letter/sut/7/3/12"});
  }

  TEST_CASE("without a note of its own it reports a dead-lettered handler") {
    auto event = test::make_event(7);
    auto letter = letter_of("sut", failed_row(), event.get(), from_micros(99));
    auto draft = note_of(settings(), letter, failed_row(), *event);
    REQUIRE(draft.has_value());
    CHECK((*draft)->type == "handler.dead_lettered");
  }
}
