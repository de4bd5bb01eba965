#include "net/data/loop_tenants.hpp"

#include <doctest/doctest.h>

using namespace carillon::data;

TEST_SUITE("net/loop_tenants") {
  namespace {

  class fake_tenant final : public loop_tenant {
  public:
    explicit fake_tenant(loop_tenants& at) : at_(at) {
    }

    void flush() override {
      ++flushed;
    }

    void sweep(steady_time) override {
    }

    void close() override {
      ++closed;
    }

    void terminate() override {
      at_.remove(*this);
    }

    int flushed = 0;
    int closed = 0;

  private:
    loop_tenants& at_;
  };

  struct fixture {
    loop_tenants all;

    std::shared_ptr<fake_tenant> add() {
      auto out = std::make_shared<fake_tenant>(all);
      all.add(out, {});
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "any of them may go, and the others stay") {
    auto x = add();
    auto y = add();
    auto z = add();
    y->terminate();
    x->terminate();
    all.each([](loop_tenant& t) { t.close(); });
    CHECK(x->closed == 0);
    CHECK(y->closed == 0);
    CHECK(z->closed == 1);
    CHECK(z->place == 0);
    CHECK(z.use_count() == 2);
    CHECK(y.use_count() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a visit may end each of them") {
    for (int i = 0; i < 5; ++i)
      add();
    int visits = 0;
    all.each([&](loop_tenant& t) {
      ++visits;
      t.terminate();
    });
    CHECK(visits == 5);
    CHECK(all.empty());
  }

  TEST_CASE_FIXTURE(fixture, "what is woken is flushed once, and the first asks for it") {
    auto x = add();
    auto y = add();
    CHECK(all.wake(x));
    CHECK(!all.wake(y));
    all.flush_woken();
    all.flush_woken();
    CHECK(x->flushed == 1);
    CHECK(y->flushed == 1);
    CHECK(all.wake(y));
  }
}
