#include "actors/log/log_reader.hpp"

#include "messages/actor_defaults.hpp"

namespace carillon {

namespace {

/// Wraps the value of a store's answer to send it as a message.
template <class T>
caf::result<std::shared_ptr<const T>> share(expected<T> x) {
  if (!x)
    return to_error(x.error());
  return std::shared_ptr<const T>{std::make_shared<const T>(std::move(*x))};
}

template <class T>
caf::result<T> plain(expected<T> x) {
  if (!x)
    return to_error(x.error());
  return std::move(*x);
}

} // namespace

log_reader_actor::behavior_type
log_reader(log_reader_actor::stateful_pointer<log_reader_state> self,
           std::shared_ptr<event_log> log, log_reader_options options) {
  self->state.log = std::move(log);
  stay_alive(self);
  return {
    [self](const read_request& x) { return share(self->state.log->read(x)); },
    [self](const query_request& x) { return share(self->state.log->query(x)); },
    [self](const find_request& x) { return plain(self->state.log->find(x)); },
    [self, options](const count_request& x) {
      return plain(self->state.log->count(x, options.count_deadline));
    },
    [self](const stats_request& x) { return share(self->state.log->stats(x)); },
    [self](const counters_request& x) { return share(self->state.log->counters(x)); },
  };
}

} // namespace carillon
