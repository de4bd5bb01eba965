#include "net/remote/engine_calls.hpp"

#include "messages/caf_error.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <memory>
#include <utility>

namespace carillon::remote {

void engine_calls::publish(std::vector<draft_ptr> drafts, std::string company,
                           callback<receipts> done) {
  auto call = std::make_shared<publish_call>(std::move(drafts),
                                             std::chrono::steady_clock::now() + deadline_,
                                             std::move(done), std::move(company));
  caf::anon_send(backend_.actors.router, std::move(call));
}

void engine_calls::query(query_request x, callback<query_page_ptr> done) {
  const auto& readers = backend_.actors.readers;
  auto reader = readers[next_.fetch_add(1, std::memory_order_relaxed) % readers.size()];
  auto answer = std::make_shared<callback<query_page_ptr>>(std::move(done));
  // Hidden: the engine's actor system does not wait for it at its end.
  backend_.system->spawn<caf::hidden>(
    [reader, deadline = deadline_, x = std::move(x), answer](caf::event_based_actor* self,
                                                             int /*CAF wants one*/) {
      self->request(reader, deadline, x)
        .then([answer](query_page_ptr& page) { (*answer)(std::move(page)); },
              [answer](const caf::error& why) { (*answer)(to_failure(why)); });
    },
    0);
}

} // namespace carillon::remote
