#include "actors/consumers/consumer_settings.hpp"

namespace carillon {

namespace {

failure wrong(std::string field, std::string detail) {
  return {ec::invalid_argument, std::move(detail), std::move(field)};
}

bool is_missing(const consumer_target& x) {
  if (const auto* effects = std::get_if<std::shared_ptr<effect_handler>>(&x))
    return *effects == nullptr;
  if (const auto* fn = std::get_if<handler_function>(&x))
    return !*fn;
  return std::get<caf::actor>(x) == nullptr;
}

} // namespace

expected<consumer_settings> make_settings(std::string name,
                                          const std::vector<std::string>& patterns,
                                          consumer_target target, consumer_policy policy) {
  consumer_settings out;
  out.name = std::move(name);
  for (const auto& x : patterns) {
    auto pattern = type_pattern::parse(x);
    if (!pattern)
      return pattern.error();
    out.filter.types.push_back(std::move(*pattern));
  }
  out.policy = std::move(policy);
  out.target = std::move(target);
  return out;
}

expected<void> validate(const consumer_settings& x) {
  const auto& policy = x.policy;
  if (!is_consumer_name(x.name))
    return wrong("name", "a handler name has 1-64 of a-z 0-9 . _ - and begins with a letter");
  if (is_missing(x.target))
    return wrong("target", "the handler is empty");
  if (x.on_demand && !std::holds_alternative<caf::actor>(x.target))
    return wrong("target", "only an actor says how much it takes");
  if (policy.max_attempts == 0)
    return wrong("maxAttempts", "at least one attempt is needed");
  if (policy.retry_schedule.empty())
    return wrong("retrySchedule", "the schedule needs at least one pause");
  if (policy.window == 0 || policy.window > 1'000'000)
    return wrong("window", "the window holds 1-1,000,000 events");
  if (policy.uncommitted_events > 1'000'000)
    return wrong("uncommittedEvents", "at most 1,000,000 events may wait for their commit");
  if (policy.max_per_key == 0)
    return wrong("maxPerKey", "at least one event of a key has to run");
  if (policy.max_retries == 0)
    return wrong("maxRetries", "at least one retry row is needed");
  if (policy.deadline.count() <= 0
      || (policy.deadline == no_deadline && !std::holds_alternative<caf::actor>(x.target)))
    return wrong("deadline", "the deadline must be positive, and finite unless it is an actor's");
  if (std::holds_alternative<std::shared_ptr<effect_handler>>(x.target)
      && policy.order != delivery_order::none)
    return wrong("order", "effects are made in order anyway, and are never held back");
  return {};
}

replay_reaction reaction_of(const consumer_settings& x) noexcept {
  const auto* handler = std::get_if<std::shared_ptr<effect_handler>>(&x.target);
  return handler == nullptr ? replay_reaction::always : (*handler)->on_replay();
}

} // namespace carillon
