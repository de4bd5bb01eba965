#include "net/data/served_calls.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace carillon::data;
using namespace std::chrono_literals;

TEST_SUITE("net/served_calls") {
  namespace {

  using verdict = served_calls::verdict;

  struct counted_call final : handed_call {
    int cancelled = 0;

    void serve(std::string_view, std::string, answer_queue::time_point, reply) override {
    }

    void cancel() override {
      ++cancelled;
    }
  };

  struct fixture {
    answer_queue queue;
    served_calls calls{queue};
    std::string out;
    /// Requests whose answers were not sent.
    std::vector<uint64_t> unsent;

    std::shared_ptr<counted_call> add() {
      auto call = std::make_shared<counted_call>();
      calls.add(queue.push({}), call);
      return call;
    }

    verdict take(uint64_t request) {
      whole_answer x;
      x.unsent = [this, request] { unsent.push_back(request); };
      return calls.take(request, x);
    }

    void answer(uint64_t request) {
      queue.answer(request, out, {}, [](std::string& to, const answer_style&) { to += 'x'; });
    }
  };

  using requests = std::vector<uint64_t>;

  } // namespace

  TEST_CASE_FIXTURE(fixture, "an answer that the socket took is not unsent") {
    CHECK(calls.empty());
    add();
    CHECK(!calls.empty());
    CHECK(take(0) == verdict::send);
    answer(0);
    CHECK(calls.empty());
    calls.all_sent();
    calls.lose();
    CHECK(unsent.empty());
  }

  TEST_CASE_FIXTURE(fixture, "an answer behind one that is missing is unsent, once") {
    add();
    add();
    CHECK(take(1) == verdict::send);
    answer(1);
    calls.all_sent();
    CHECK(unsent.empty());
    calls.lose();
    CHECK(unsent == requests{1});
    calls.lose();
    CHECK(unsent == requests{1});
  }

  TEST_CASE_FIXTURE(fixture, "an answer to a request that has one is dropped, and unsent") {
    add();
    answer(0);
    CHECK(take(0) == verdict::drop);
    CHECK(unsent == requests{0});
    whole_answer nobody_cares;
    CHECK(calls.take(0, nobody_cares) == verdict::drop);
  }

  TEST_CASE_FIXTURE(fixture, "calls are cancelled once, and what they need sent is refused then") {
    auto first = add();
    auto second = add();
    calls.cancel();
    calls.cancel();
    CHECK(first->cancelled == 1);
    CHECK(second->cancelled == 1);
    CHECK(calls.empty());
    CHECK(take(0) == verdict::refuse);
    CHECK(unsent == requests{0});
    whole_answer nobody_cares;
    CHECK(calls.take(1, nobody_cares) == verdict::send);
  }

  TEST_CASE_FIXTURE(fixture, "the end of the connection cancels its calls") {
    auto call = add();
    calls.lose();
    CHECK(call->cancelled == 1);
    CHECK(unsent.empty());
  }
}
