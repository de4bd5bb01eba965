#include "net/data/answer_queue.hpp"
#include "net/data/sockets/send_buffer.hpp"
#include "net/http/admission.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon::data;
using namespace std::chrono_literals;

namespace {

struct fixture {
  answer_queue queue;
  std::string out;
  answer_queue::time_point start;

  uint64_t push(std::chrono::seconds deadline = 10s, size_t items = 1) {
    return queue.push({.deadline = start + deadline, .items = items});
  }

  bool answer(uint64_t request, const std::string& text) {
    return queue.answer(request, out, {}, [&](std::string& to, const answer_style& style) {
      to += text + (style.close ? "!" : ".");
    });
  }
};

} // namespace

TEST_SUITE("net/answer_queue") {
  TEST_CASE_FIXTURE(fixture, "answers leave in the order of the requests, however they come") {
    CHECK(queue.next() == 0);
    for (uint64_t i = 0; i < 4; ++i)
      CHECK(push() == i);
    CHECK(!answer(2, "c"));
    CHECK(!answer(1, "b"));
    CHECK(out.empty());
    CHECK(answer(0, "a"));
    CHECK(out == "a.b.c.");
    CHECK(queue.size() == 1);
    CHECK(answer(3, "d"));
    CHECK(out == "a.b.c.d.");
    CHECK(queue.empty());
    CHECK(queue.next() == 4);
  }

  TEST_CASE_FIXTURE(fixture, "a request is answered once") {
    push();
    push();
    CHECK(!answer(1, "b"));
    CHECK(!answer(1, "x"));
    CHECK(answer(0, "a"));
    CHECK(!answer(0, "x"));
    CHECK(out == "a.b.");
  }

  TEST_CASE_FIXTURE(fixture, "calls are cancelled once, and not behind their answers") {
    struct some_call final : handed_call {
      void serve(std::string_view, std::string, answer_queue::time_point, reply) override {
      }
    };
    for (int i = 0; i < 3; ++i)
      queue.unanswered(push())->call = std::make_shared<some_call>();
    push();
    CHECK(!answer(1, "b"));
    CHECK(!queue.has_left(1));
    CHECK(queue.has_calls());
    CHECK(queue.cancel().size() == 2);
    CHECK(queue.unanswered(0)->cancelled);
    CHECK(!queue.unanswered(3)->cancelled);
    CHECK(!queue.has_calls());
    CHECK(queue.cancel().empty());
    CHECK(answer(0, "a"));
    CHECK(queue.has_left(1));
    CHECK(!queue.has_left(2));
  }

  TEST_CASE_FIXTURE(fixture, "numbers go on when answered slots are cut off") {
    push();
    for (uint64_t i = 0; i < 1'000; ++i) {
      CHECK(push() == i + 1);
      CHECK(answer(i, "a"));
      CHECK(queue.size() == 1);
    }
    CHECK(out.size() == 2'000);
  }

  TEST_CASE_FIXTURE(fixture, "the connection closes once the last answer has left, not before") {
    push();
    push();
    queue.close_last();
    CHECK(!answer(1, "b"));
    CHECK(!queue.closes());
    CHECK(answer(0, "a"));
    CHECK(queue.closes());
    CHECK(out == "a.b!");
  }

  TEST_CASE_FIXTURE(fixture, "the earliest late request is found") {
    push(9s, 3);
    push(5s, 2);
    CHECK(queue.items() == 5);
    CHECK(!queue.late(start + 4s));
    CHECK(queue.late(start + 5s) == 1);
    answer(1, "b");
    CHECK(!queue.late(start + 5s));
    CHECK(queue.late(start + 9s) == 0);
    answer(0, "a");
    CHECK(!queue.late(start + 60s));
    CHECK(queue.items() == 0);
  }
}

TEST_SUITE("net/send_buffer") {
  TEST_CASE("a client that reads a byte now and then makes no progress") {
    send_buffer buffer;
    send_buffer::time_point at;
    buffer.text() = std::string(100'000, 'x');
    buffer.sent(50'000);
    CHECK(buffer.unsent().size() == 50'000);
    buffer.block(at + 1s);
    CHECK(buffer.blocked_since() == at + 1s);
    CHECK(buffer.unsent().size() == 50'000);
    buffer.sent(10);
    buffer.block(at + 2s);
    CHECK(buffer.blocked_since() == at + 1s);
    buffer.sent(16'384);
    buffer.block(at + 3s);
    CHECK(buffer.blocked_since() == at + 3s);
    buffer.sent(buffer.unsent().size());
    CHECK(buffer.unsent().empty());
    buffer.clear();
    CHECK(buffer.text().empty());
    buffer.text() = "y";
    buffer.block(at + 4s);
    CHECK(buffer.blocked_since() == at + 4s);
  }
}
