// Misbehaving receivers do not affect others.

#include "tests/e2e/process_figures.hpp"
#include "tests/e2e/webhook_api.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/webhook_isolation") {
  namespace {

  using clock_type = std::chrono::steady_clock;

  constexpr size_t endpoints = 200;
  constexpr size_t hanging = 40;
  constexpr size_t refusing = 20;
  constexpr size_t dripping = 20;
  constexpr size_t endless = 10;
  constexpr size_t misbehaving = hanging + refusing + dripping + endless;
  constexpr size_t max_growth_kib = size_t{64} * 1'024;

  bool is_strict() {
    const char* given = std::getenv("CARILLON_ISOLATION_STRICT");
    return given != nullptr && *given == '1';
  }

  /// Retries within the test; the default schedule is measured.
  std::string schedule() {
    return is_strict() ? "" : R"(,"retrySchedule":[1,1,1,1,1])";
  }

  struct endpoint {
    std::string url;
    bool registered = false;
    bool healthy = true;
    std::vector<uint64_t> seqs;
  };

  std::string open_endpoint(webhook_receiver& receiver, size_t n) {
    auto always = [](const reply& x) { return [x](const received_request&, size_t) { return x; }; };
    if (n < hanging)
      return receiver.open(always(reply::hang()));
    if (n < hanging + refusing)
      return receiver.refuse();
    if (n < hanging + refusing + dripping)
      return receiver.open(always(reply::drip()));
    if (n < misbehaving)
      return receiver.open(always(reply::endless()));
    return receiver.open();
  }

  double percentile(std::vector<double> ms, double share) {
    std::sort(ms.begin(), ms.end());
    return ms.at(static_cast<size_t>(share * static_cast<double>(ms.size() - 1)));
  }

  struct result {
    /// From just before the publish to the receiver's first look at the request, in ms.
    std::vector<double> ms;
    size_t growth_kib = 0;
    double bad_in_flight = 0.0;
  };

  /// One node with its endpoints, published to at a steady rate.
  class run {
  public:
    explicit run(bool with_bad) {
      REQUIRE_MESSAGE(node_.ready(), node_.log());
      for (size_t i = 0; i < endpoints; ++i) {
        endpoint x;
        x.url = open_endpoint(receiver_, i);
        x.healthy = i >= misbehaving;
        x.registered = x.healthy || with_bad;
        if (x.registered)
          api_.create(x.url, schedule() + R"(,"companyId":"c-)" + std::to_string(i) + '"');
        endpoints_.push_back(std::move(x));
      }
    }

    result publish(size_t per_second, size_t seconds) {
      // Connections, pages of memory and threads come with the first ones.
      for (size_t i = misbehaving; i < endpoints; ++i)
        publish_one(i);
      REQUIRE(eventually([&] { return all_arrived(); }));
      sent_.clear();
      result out;
      auto before = resident_kib(node_.child().pid());
      std::mt19937 rng{17};
      auto begin = clock_type::now();
      for (size_t i = 0; i < per_second * seconds; ++i) {
        std::this_thread::sleep_until(
          begin + std::chrono::microseconds{1'000'000 * i / per_second}); // the rate
        publish_one(rng() % endpoints);
      }
      CHECK(eventually([&] { return all_arrived(); }));
      out.bad_in_flight = in_flight();
      out.growth_kib
        = resident_kib(node_.child().pid()) - std::min(before, resident_kib(node_.child().pid()));
      check_once();
      out.ms = latencies();
      return out;
    }

  private:
    void publish_one(size_t i) {
      auto at = clock_type::now();
      auto seq
        = api_.publish(order_json("e-" + std::to_string(++published_), "c-" + std::to_string(i)));
      endpoints_[i].seqs.push_back(seq);
      sent_[seq] = at;
    }

    bool all_arrived() const {
      return std::all_of(endpoints_.begin(), endpoints_.end(), [&](const endpoint& x) {
        return !x.healthy || receiver_.count(x.url) >= x.seqs.size();
      });
    }

    /// Healthy receivers got all events once; for receivers that never answer, no delivery is
    /// recorded as delivered.
    void check_once() const {
      for (size_t i = 0; i < endpoints_.size(); ++i) {
        const auto& x = endpoints_[i];
        CAPTURE(i);
        auto got = accepted_seqs(receiver_, x.url);
        std::sort(got.begin(), got.end());
        if (x.healthy)
          CHECK(got == x.seqs);
        else if (!x.registered || i < hanging)
          CHECK(got.empty());
        if (x.registered && !x.healthy && i < hanging && !x.seqs.empty())
          CHECK(receiver_.count(x.url) > 0);
      }
    }

    double in_flight() {
      constexpr std::string_view name = "\ncarillon_webhook_in_flight ";
      auto text = api_.admin().Get("/metrics")->body;
      auto at = text.find(name);
      REQUIRE(at != std::string::npos);
      return std::strtod(text.c_str() + at + name.size(), nullptr);
    }

    std::vector<double> latencies() const {
      std::vector<double> out;
      for (const auto& x : endpoints_)
        if (x.healthy)
          for (const auto& y : receiver_.received(x.url))
            if (auto i = sent_.find(seq_of(y)); i != sent_.end())
              out.push_back(std::chrono::duration<double, std::milli>(y.at - i->second).count());
      return out;
    }

    temporary_directory dir_;
    node_process node_{dir_.path() + "/data"};
    webhook_receiver receiver_;
    webhook_api api_{node_};
    std::vector<endpoint> endpoints_;
    std::map<uint64_t, clock_type::time_point> sent_;
    size_t published_ = 0;
  };

  result measured(bool with_bad, size_t per_second, size_t seconds) {
    run x{with_bad};
    auto out = x.publish(per_second, seconds);
    MESSAGE(std::string{with_bad ? "with" : "without"}, " misbehaving ones: p50 ",
            percentile(out.ms, 0.5), " ms, p99 ", percentile(out.ms, 0.99), " ms of ",
            out.ms.size(), " deliveries; memory grew by ", out.growth_kib, " KiB, ",
            out.bad_in_flight, " attempts hang");
    return out;
  }

  void append(std::vector<double>& out, const std::vector<double>& x) {
    out.insert(out.end(), x.begin(), x.end());
  }

  } // namespace

  TEST_CASE("ninety endpoints that misbehave don't touch the other hundred and ten") {
    size_t rounds = is_strict() ? 8 : 1;
    size_t seconds = is_strict() ? 10 : 5;
    size_t per_second = is_strict() ? 400 : 200;
    if (is_strict()) // the first run of all pays for the disk's and the machine's caches
      measured(false, per_second, seconds);
    std::vector<double> without;
    std::vector<double> with;
    for (size_t i = 0; i < rounds; ++i) {
      // They take turns to be first: slow changes of the machine affect both.
      if (i % 2 == 0)
        append(without, measured(false, per_second, seconds).ms);
      auto hard = measured(true, per_second, seconds);
      append(with, hard.ms);
      if (i % 2 == 1)
        append(without, measured(false, per_second, seconds).ms);
      // They were still at it.
      CHECK(hard.bad_in_flight >= hanging);
      CHECK(hard.growth_kib < max_growth_kib);
    }
    auto ratio = percentile(with, 0.99) / percentile(without, 0.99);
    MESSAGE("of all rounds: p99 with ", percentile(with, 0.99), " ms, without ",
            percentile(without, 0.99), " ms: ratio ", ratio);
    if (is_strict())
      CHECK(ratio < 1.1);
  }
}
