#include "messages/webhooks/schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <random>
#include <string>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("messages/webhook_schedule") {
  namespace {

  using rng_type = std::mt19937_64;
  using std::chrono::milliseconds;

  /// 2026-11-23T12:00:00Z, a Monday.
  const timestamp noon = *from_rfc3339("2026-11-23T12:00:00Z");

  http_response answer(int status, http_fault fault = http_fault::none) {
    http_response x;
    x.status = status;
    x.fault = fault;
    return x;
  }

  /// IMF-fixdate by the C library, independent of our code.
  std::string imf_fixdate(timestamp t) {
    const auto seconds = static_cast<std::time_t>(to_micros(t) / 1'000'000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text.data();
  }

  } // namespace

  TEST_CASE("the verdict on each status and fault") {
    for (int status = 100; status <= 599; ++status) {
      auto expected = webhook_verdict::retry;
      if (status / 100 == 2)
        expected = webhook_verdict::success;
      else if (status == 410)
        expected = webhook_verdict::gone;
      else if (status == 429 || (status >= 502 && status <= 504))
        expected = webhook_verdict::slow_down;
      CAPTURE(status);
      CHECK(verdict_of(answer(status)) == expected);
    }
    CHECK(verdict_of(answer(0)) == webhook_verdict::retry);
    // A fault counts, regardless of the answer's head.
    for (const auto fault : {http_fault::url, http_fault::dns, http_fault::address_refused,
                             http_fault::connect, http_fault::tls, http_fault::timeout,
                             http_fault::protocol, http_fault::too_large, http_fault::not_sent})
      for (const int status : {0, 200, 410, 429})
        CHECK(verdict_of(answer(status, fault)) == webhook_verdict::retry);
  }

  TEST_CASE("Retry-After in seconds and as a date") {
    auto of = [](const std::string& text) { return retry_after_of(text, noon); };
    CHECK(of("0") == 0ms);
    CHECK(of("120") == 120s);
    CHECK(of(" 120\t") == 120s);
    CHECK(of("0000000000000000000120") == 120s);
    CHECK(of("43199") == 43'199s);
    CHECK(of("43200") == 12h);
    CHECK(of("43201") == 12h);
    CHECK(of("99999999999999999999999999999999") == 12h);
    CHECK(of("Mon, 23 Nov 2026 12:02:00 GMT") == 2min);
    CHECK(of("Monday, 23-Nov-26 12:02:00 GMT") == 2min);
    CHECK(of("Mon Nov 23 12:02:00 2026") == 2min);
    CHECK(of("Mon, 23 Nov 2026 11:00:00 GMT") == 0ms); // Past.
    CHECK(of("Thu, 01 Jan 1970 00:00:00 GMT") == 0ms);
    CHECK(of("Tue, 24 Nov 2026 00:00:01 GMT") == 12h);
    CHECK(of("Fri, 31 Dec 9999 23:59:59 GMT") == 12h);
    // Never before the date, by rounding.
    CHECK(retry_after_of("Mon, 23 Nov 2026 12:02:00 GMT", noon + 1us) == 2min);
    CHECK(retry_after_of("Mon, 23 Nov 2026 12:02:00 GMT", noon + 1001us) == 2min - 1ms);
    for (const auto* text : {"", " ", "-1", "+1", "1.5", "1s", "1 2", "soon", "0x10",
                             "Mon, 23 Nov 2026 12:02:00", "2026-11-23T12:02:00Z"}) {
      CAPTURE(text);
      CHECK_FALSE(of(text));
    }
  }

  TEST_CASE("the standard schedule, its jitter and its end") {
    const webhook_retry_policy policy;
    const std::array<std::chrono::seconds, 5> pauses{60s, 300s, 900s, 3600s, 14'400s};
    for (uint32_t attempt = 1; attempt <= 5; ++attempt) {
      const milliseconds pause = pauses[attempt - 1];
      CHECK(delay_of(policy, attempt, "", noon, 0.0) == pause);
      CHECK(delay_of(policy, attempt, "", noon, 0.5) == pause + pause / 20);
      const auto most = delay_of(policy, attempt, "", noon, std::nextafter(1.0, 0.0));
      CHECK(most >= pause + pause / 10 - 1ms);
      CHECK(most <= pause + pause / 10);
      CHECK(delay_of(policy, attempt, "rubbish", noon, 0.0) == pause);
    }
    CHECK_FALSE(delay_of(policy, 0, "", noon, 0.0));
    CHECK_FALSE(delay_of(policy, 6, "", noon, 0.0));
    CHECK_FALSE(delay_of(policy, 6, "60", noon, 0.0)); // Retry-After gives no attempt more.
    CHECK_FALSE(delay_of({.schedule = {}}, 1, "60", noon, 0.0));
    CHECK(delay_of({.schedule = {0s, 7s}}, 1, "", noon, 0.9) == 0ms);
    CHECK(delay_of({.schedule = {0s, 7s}}, 2, "", noon, 0.5) == 7350ms);
  }

  TEST_CASE("the later of schedule and Retry-After") {
    const webhook_retry_policy policy;
    CHECK(delay_of(policy, 1, "59", noon, 0.0) == 60s);
    CHECK(delay_of(policy, 1, "61", noon, 0.0) == 61s);
    CHECK(delay_of(policy, 1, "61", noon, 0.5) == 63s);
    CHECK(delay_of(policy, 1, "Mon, 23 Nov 2026 13:00:00 GMT", noon, 0.5) == 1h);
    CHECK(delay_of(policy, 1, "Mon, 23 Nov 2026 11:00:00 GMT", noon, 0.0) == 60s);
    CHECK(delay_of(policy, 5, "9999999", noon, 0.0) == 12h);
    // The limit applies to `Retry-After`, not to our own schedule.
    CHECK(delay_of({.schedule = {24h}}, 1, "9999999", noon, 0.0) == 24h);
  }

  TEST_CASE("any delay is within its bounds") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    std::uniform_real_distribution<double> unit{0.0, 1.0};
    for (int i = 0; i < 20'000; ++i) {
      webhook_retry_policy policy;
      policy.schedule.resize(rng() % 8);
      for (auto& x : policy.schedule)
        x = std::chrono::seconds{rng() % 100'000};
      const auto attempt = static_cast<uint32_t>(1 + rng() % 9);
      const std::chrono::seconds asked{rng() % 60'000};
      const auto kind = rng() % 3;
      const auto header = kind == 0   ? ""
                          : kind == 1 ? std::to_string(asked.count())
                                      : imf_fixdate(noon + asked);
      const auto delay = delay_of(policy, attempt, header, noon, unit(rng));
      REQUIRE(delay.has_value() == (attempt <= policy.schedule.size()));
      if (!delay)
        continue;
      const milliseconds pause = policy.schedule[attempt - 1];
      const auto wanted = header.empty() ? 0ms : std::min<milliseconds>(asked, 12h);
      CHECK(*delay >= std::max(pause, wanted));
      CHECK(*delay <= std::max(pause + pause / 10, wanted));
    }
  }
}
