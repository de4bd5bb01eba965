#pragma once

#include "messages/codec/described.hpp"
#include "messages/consumers/consumer.hpp"
#include "messages/consumers/handler.hpp"
#include "messages/consumers/rows.hpp"
#include "messages/events/filter.hpp"

#include <caf/actor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace carillon {

/// Target of a consumer: effects that are committed with its cursor, a function that runs in a
/// thread of its own, or an actor that accepts a `delivery` and answers.
using consumer_target = std::variant<std::shared_ptr<effect_handler>, handler_function, caf::actor>;

/// How a consumer is registered.
struct consumer_settings {
  /// See `is_consumer_name`; the cursor is stored under it.
  std::string name;
  event_filter filter;
  consumer_policy policy;
  consumer_target target;
  /// Its feed sends live only what the payload of `filter` selects, and counts what that excludes.
  /// Live events are then not looked into again; those that it reads from the log are.
  bool fed_by_filter = false;
  /// The target is an actor that is sent no more deliveries than it asked for, by `atom::room`:
  /// none at first. It receives `(atom::attach, consumer_actor)` from each start of the consumer,
  /// and
  /// `(atom::committed, position)` when the cursor is durable.
  bool on_demand = false;
  /// Makes the event that reports a dead-lettered delivery, from its dead letter and the ids of the
  /// event; empty = `handler.dead_lettered`.
  std::function<expected<draft_ptr>(const dead_letter&, const publish_options&)> note;
};

/// The settings for events that match any of the patterns. Errors: `invalid_argument`.
expected<consumer_settings> make_settings(std::string name,
                                          const std::vector<std::string>& patterns,
                                          consumer_target target, consumer_policy policy);

/// Errors: `invalid_argument` with the field for a name, policy or target that cannot work.
expected<void> validate(const consumer_settings& x);

/// What a replayed event does to the consumer's target: an application's function or actor always
/// receives it.
replay_reaction reaction_of(const consumer_settings& x) noexcept;

} // namespace carillon
