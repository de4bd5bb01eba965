#pragma once

#include "persistence/test_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace carillon::test {

/// A store with its state open for writing.
struct state_fixture {
  std::unique_ptr<test_store> store = make_test_store();
  std::unique_ptr<storage> open = store->open();
  std::unique_ptr<state_store> state = must(open->open_state(true));

  /// With a log that is as long as the cursors here.
  state_fixture() {
    must(must(open->open_log_writer())->append(make_drafts("log", 20), epoch));
  }

  void restart() {
    state.reset();
    open.reset();
    open = store->open();
    state = must(open->open_state(true));
  }

  void begin(const std::string& consumer) {
    must(state->open({.name = consumer}, epoch));
  }

  expected<void> commit(consumer_commit x) {
    const std::vector<consumer_commit_ptr> all{std::make_shared<consumer_commit>(std::move(x))};
    return state->commit(all);
  }

  consumer_record record(const std::string& consumer) {
    return must(state->open({.name = consumer}, epoch)).record;
  }
};

inline audit_entry make_entry(std::string action, position event_seq = 0) {
  return {.time = epoch,
          .action = std::move(action),
          .actor = "user:u-1",
          .origin = "10.0.0.1",
          .company_id = "acme",
          .subject = "event:" + std::to_string(event_seq),
          .detail = R"({"n":1})",
          .event_seq = event_seq};
}

inline dead_letter make_letter(position seq, std::string company = "acme") {
  return {.id = 0,
          .consumer = {},
          .seq = seq,
          .replay_id = 0,
          .event_id = "e" + std::to_string(seq),
          .event_type = "order.created",
          .company_id = std::move(company),
          .attempts = 5,
          .last_error = "boom",
          .created_at = epoch};
}

} // namespace carillon::test
