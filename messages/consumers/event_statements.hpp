#pragma once

#include "messages/consumers/effects.hpp"
#include "messages/consumers/rows.hpp"
#include "messages/consumers/sql_statement.hpp"

#include <algorithm>
#include <vector>

namespace carillon {

/// The effects of one delivery with statements of the application, as a consumer hands them to the
/// store: all of them take place, or none.
struct event_statements {
  std::vector<sql_statement> statements;
  /// What else the delivery has caused.
  effects others;
  /// Stored in their place if a statement fails, with the reason as `last_error`: the delivery has
  /// failed then.
  retry_row if_refused;
};

/// True if the commit has a row of type `T`, possibly beside statements of an application.
template <class T>
bool has_row(const consumer_commit& x) {
  const auto& own = x.effects.all<event_statements>();
  return x.effects.has<T>() || std::any_of(own.begin(), own.end(), [](const event_statements& y) {
           return y.others.has<T>();
         });
}

} // namespace carillon
