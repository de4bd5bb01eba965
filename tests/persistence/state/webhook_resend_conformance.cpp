#include "tests/persistence/state/state_fixture.hpp"

// The contract of every state_store about deliveries that an operator sends once more.

namespace carillon::test {

TEST_SUITE("persistence/webhook_resend") {
  namespace {

  using namespace std::chrono_literals;
  using state = webhook_delivery_state;

  const timestamp later = epoch + 24h;

  /// A webhook with dead letters for events 3, 4 and 5 of the log, and for 4 once more in a replay.
  struct resend_fixture : state_fixture {
    uint64_t id = add_webhook().id;
    std::string consumer = webhook_consumer(id);

    resend_fixture() {
      consumer_commit x{.consumer = consumer, .cursor = 9, .now = epoch};
      for (position seq = 3; seq <= 5; ++seq)
        fail(x, {id, seq}, epoch + std::chrono::minutes{seq});
      fail(x, {id, 4, 7}, epoch + 1h);
      x.effects.add(make_attempt({id, 6}));
      must(commit(std::move(x)));
      must(state->webhooks().note_idle({.id = id, .at = 9}));
    }

    static void fail(consumer_commit& x, webhook_delivery_key key, timestamp at) {
      auto letter = make_letter(key.seq);
      letter.replay_id = key.replay_id;
      x.dead_letters.push_back(letter);
      x.effects.add(make_attempt(key, webhook_delivery_state::failed, at));
    }

    opened_consumer opened() {
      return state_fixture::opened(consumer);
    }

    webhook_delivery found(webhook_delivery_key key) {
      return must(state->deliveries().get({.key = key})).delivery;
    }

    recovered_rows recover(timestamp since, std::optional<timestamp> until, size_t limit = 1'000) {
      return must(state->deliveries().recover(
        {.id = id, .since = since, .until = until, .limit = limit, .by = {"key:1", "10.0.0.9"}},
        later));
    }
  };

  using keys = std::vector<std::pair<position, uint64_t>>;

  keys keys_of(const std::vector<retry_row>& rows) {
    keys out;
    for (const auto& x : rows)
      out.emplace_back(x.seq, x.replay_id);
    return out;
  }

  void check_due(const retry_row& x, position seq, uint64_t replay_id) {
    CHECK(x.seq == seq);
    CHECK(x.replay_id == replay_id);
    CHECK(x.attempts == 0);
    CHECK(x.due == later);
    CHECK(x.key.empty());
  }

  } // namespace

  TEST_CASE("a delivery that failed is due now, and its dead letter is gone") {
    resend_fixture f;
    REQUIRE(f.opened().record.dead_letters == 4);
    const auto row = must(
      f.state->deliveries().resend({.key = {f.id, 4, 7}, .by = {"key:1", "10.0.0.9"}}, later));
    check_due(row, 4, 7);
    CHECK(row.last_error == "HTTP 500");
    CHECK(row.first_failed_at == epoch + 1h);
    f.restart();
    const auto opened = f.opened();
    REQUIRE(opened.retries.size() == 1);
    check_due(opened.retries[0], 4, 7);
    CHECK(opened.retries[0].last_error == row.last_error);
    CHECK(opened.retries[0].first_failed_at == row.first_failed_at);
    CHECK(opened.record.dead_letters == 3);
    for (const auto& x : must(f.state->dead_letters().list({})).items)
      CHECK(x.replay_id == 0);
    const auto d = f.found({f.id, 4, 7});
    CHECK(d.state == state::retrying);
    CHECK(d.next_at == later);
    CHECK(d.updated_at == later);
    CHECK(d.attempts == 1);
    CHECK(f.found({f.id, 4}).state == state::failed);
    const auto x = f.find_webhook(f.id);
    CHECK(x.awake_at == 10);
    CHECK(x.retrying);
    const auto entry = f.last_audit();
    CHECK(entry.action == "webhook.delivery_resent");
    CHECK(entry.subject == "webhook:1");
    CHECK(entry.actor == "key:1");
    CHECK(entry.company_id == "acme");
    CHECK(entry.detail == R"({"delivery":"1-4-7"})");
  }

  TEST_CASE("a delivery that went well, or waits, may be sent again too") {
    resend_fixture f;
    const auto well = must(f.state->deliveries().resend({.key = {f.id, 6}}, later));
    check_due(well, 6, 0);
    CHECK(well.last_error.empty());
    CHECK(well.first_failed_at == later);
    // Again, while it waits: still one row.
    check_due(must(f.state->deliveries().resend({.key = {f.id, 6}}, later)), 6, 0);
    CHECK(f.opened().retries.size() == 1);
    CHECK(f.opened().record.dead_letters == 4);
    CHECK(f.found({f.id, 6}).state == state::retrying);
  }

  TEST_CASE("a delivery that was never made is not found, nor one of a deleted webhook") {
    resend_fixture f;
    const auto rows = f.audit_rows();
    CHECK(code_of(f.state->deliveries().resend({.key = {f.id, 99}}, later)) == ec::not_found);
    CHECK(code_of(f.state->deliveries().resend({.key = {f.id, 3, 1}}, later)) == ec::not_found);
    CHECK(code_of(f.state->deliveries().resend({.key = {f.id + 1, 3}}, later)) == ec::not_found);
    CHECK(f.audit_rows() == rows);
    CHECK_FALSE(f.find_webhook(f.id).active());
    must(f.state->webhooks().remove(delete_webhook{.id = f.id}, epoch));
    CHECK(code_of(f.state->deliveries().resend({.key = {f.id, 3}}, later)) == ec::not_found);
    CHECK(f.found({f.id, 3}).state == state::failed);
  }

  TEST_CASE("what failed within a time is recovered, the oldest first, replays included") {
    resend_fixture f;
    const auto made = f.recover(epoch + 4min, epoch + 1h + 1us);
    CHECK(keys_of(made.rows) == keys{{4, 0}, {5, 0}, {4, 7}});
    CHECK_FALSE(made.more);
    for (const auto& x : made.rows)
      check_due(x, x.seq, x.replay_id);
    const auto opened = f.opened();
    CHECK(opened.retries.size() == 3);
    CHECK(opened.record.dead_letters == 1);
    CHECK(f.found({f.id, 3}).state == state::failed);
    CHECK(f.found({f.id, 5}).state == state::retrying);
    CHECK(f.found({f.id, 6}).state == state::delivered);
    CHECK(f.find_webhook(f.id).awake_at == 10);
    const auto entry = f.last_audit();
    CHECK(entry.action == "webhook.recovered");
    CHECK(entry.subject == "webhook:1");
    CHECK(entry.detail
          == R"({"since":")" + to_rfc3339(epoch + 4min) + R"(","until":")"
               + to_rfc3339(epoch + 1h + 1us) + R"(","count":3})");
  }

  TEST_CASE("the begin of the time is part of it, the end is not") {
    resend_fixture f;
    CHECK(keys_of(f.recover(epoch + 3min, epoch + 4min).rows) == keys{{3, 0}});
    CHECK(f.recover(epoch + 3min, epoch + 4min).rows.empty());
    CHECK(keys_of(f.recover(epoch + 5min + 1us, std::nullopt).rows) == keys{{4, 7}});
  }

  TEST_CASE("a recovery goes on where its limit ended it") {
    resend_fixture f;
    auto part = f.recover(epoch, std::nullopt, 2);
    CHECK(keys_of(part.rows) == keys{{3, 0}, {4, 0}});
    CHECK(part.more);
    part = f.recover(epoch, std::nullopt, 2);
    CHECK(keys_of(part.rows) == keys{{5, 0}, {4, 7}});
    CHECK_FALSE(part.more);
    const auto rows = f.audit_rows();
    CHECK(f.recover(epoch, std::nullopt, 2).rows.empty());
    CHECK(f.audit_rows() == rows);
  }

  TEST_CASE("other webhooks are not recovered along") {
    resend_fixture f;
    const auto other = f.add_webhook().id;
    f.commit_effects(effects::of(make_attempt({other, 3}, state::failed)));
    CHECK(f.recover(epoch, std::nullopt).rows.size() == 4);
    CHECK(f.found({other, 3}).state == state::failed);
  }

  TEST_CASE("a dead letter of a webhook that is retried makes its delivery go on") {
    resend_fixture f;
    const auto letter = must(f.state->dead_letters().list({{.ascending = true}})).items.at(0);
    REQUIRE(letter.seq == 3);
    must(f.state->dead_letters().resolve({.id = letter.id, .retry = true}, later));
    CHECK(f.opened().retries.size() == 1);
    CHECK(f.found({f.id, 3}).state == state::retrying);
    CHECK(f.found({f.id, 3}).next_at == later);
    CHECK(f.find_webhook(f.id).awake_at == 10);
  }

  TEST_CASE("a dead letter of a webhook that is discarded changes nothing else") {
    resend_fixture f;
    const auto letter = must(f.state->dead_letters().list({{.ascending = true}})).items.at(0);
    must(f.state->dead_letters().resolve({.id = letter.id, .retry = false}, later));
    CHECK(f.found({f.id, 3}).state == state::failed);
    CHECK_FALSE(f.find_webhook(f.id).active());
  }
}

} // namespace carillon::test
