#include "node/engine/actor_watch.hpp"

#include "messages/caf_error.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_system.hpp>

namespace carillon {

void actor_watch::add_actor(const caf::actor& x, std::string what) {
  auto tell_of = [to = faults_, &system = system_, what](const caf::error& reason) {
    const auto own = reason.category() == caf::atom("carillon");
    const auto failure = own ? to_failure(reason) : carillon::failure{};
    to->tell(what + " ended: " + (own ? failure.detail : system.render(reason)),
             failure.code == ec::store_locked);
  };
  all_.emplace_back(std::move(what), x);
  caf::actor_cast<caf::abstract_actor*>(x)->attach_functor(std::move(tell_of));
}

} // namespace carillon
