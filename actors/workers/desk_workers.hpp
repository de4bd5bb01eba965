#pragma once

#include "actors/workers/worker_book.hpp"
#include "messages/workers/interfaces.hpp"

#include <caf/system_messages.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

namespace carillon {

/// The connected workers of a desk, and who of them waits until its consumer is open. Sends nothing
/// and answers no promise itself; has no bound of its own.
class desk_workers {
public:
  using worker_id = worker_book::worker_id;
  using hello_promise = caf::typed_response_promise<worker_hello>;

  void add(worker_id x, const worker_actor& who) {
    all_.emplace(x, who);
  }

  /// A worker that was added has to wait.
  const hello_promise& hold(worker_id x, hello_promise to) {
    return held_.emplace(x, std::move(to)).first->second;
  }

  /// Those that wait; they do no more.
  std::map<worker_id, hello_promise> take_held();

  /// Removes the worker that has ended. Empty if it is not one of them.
  std::optional<worker_id> remove(const caf::down_msg& x);

  /// Null if there is none.
  const worker_actor* find(worker_id x) const;

  const std::map<worker_id, worker_actor>& all() const noexcept {
    return all_;
  }

private:
  std::map<worker_id, worker_actor> all_;
  std::map<worker_id, hello_promise> held_;
};

} // namespace carillon
