#pragma once

#include "messages/ids.hpp"
#include "messages/request.hpp"

#include <caf/message_handler.hpp>
#include <caf/replies_to.hpp>
#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <type_traits>
#include <utility>

namespace carillon {

/// The type of the message that answers a request: CAF has no empty answer.
template <class Request>
using reply_of = std::conditional_t<std::is_void_v<typename Request::answer>, atom::done,
                                    typename Request::answer>;

namespace detail {

template <class... Lists>
struct answering;

template <class... Requests>
struct answering<request_list<Requests...>> {
  using type
    = caf::typed_actor<typename caf::replies_to<Requests>::template with<reply_of<Requests>>...>;
};

template <class... Xs, class... Ys, class... Lists>
struct answering<request_list<Xs...>, request_list<Ys...>, Lists...>
  : answering<request_list<Xs..., Ys...>, Lists...> {};

} // namespace detail

/// Handle of an actor that answers all requests of the lists.
template <class... Lists>
using actor_answering = typename detail::answering<Lists...>::type;

/// A handler for each request of a list. `answer` is called with the request, and returns a
/// `caf::result<reply_of<Request>>`; the compiler checks that it accepts each of them.
template <class... Requests, class Answer>
caf::message_handler handlers_of(request_list<Requests...>, Answer answer) {
  return {[answer](const Requests& x) -> caf::result<reply_of<Requests>> { return answer(x); }...};
}

} // namespace carillon
