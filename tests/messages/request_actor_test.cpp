#include "messages/request_actor.hpp"
#include "messages/state/interfaces.hpp"
#include "messages/webhooks/interfaces.hpp"

#include <doctest/doctest.h>

#include <type_traits>

using namespace carillon;

TEST_SUITE("messages/request_actor") {
  namespace {

  struct tell_name {
    using answer = std::string;
    int id = 0;
  };

  struct forget {
    using answer = void;
  };

  template <class T>
  constexpr bool may_be_sent = caf::allowed_unsafe_message_type<T>::value;

  } // namespace

  TEST_CASE("a request names what crosses as its answer") {
    CHECK(std::is_same_v<reply_of<tell_name>, std::string>);
    CHECK(std::is_same_v<reply_of<forget>, atom::done>);
    using expected_handle = caf::typed_actor<caf::replies_to<tell_name>::with<std::string>,
                                             caf::replies_to<forget>::with<atom::done>>;
    CHECK(std::is_same_v<actor_answering<request_list<tell_name>, request_list<forget>>,
                         expected_handle>);
  }

  TEST_CASE("our types, and containers and pointers of them, are messages within the process") {
    CHECK(may_be_sent<job>);
    CHECK(may_be_sent<std::vector<consumer_status>>);
    CHECK(may_be_sent<std::shared_ptr<const leased_jobs>>);
    CHECK(may_be_sent<page_of<webhook>>);
  }

  TEST_CASE("what has an id, and what is not ours, is left to CAF") {
    CHECK_FALSE(may_be_sent<ec>);
    CHECK_FALSE(may_be_sent<atom::done>);
    CHECK_FALSE(may_be_sent<int>);
    CHECK_FALSE(may_be_sent<std::vector<std::string>>);
  }
}
