#pragma once

#include "actors/consumers/consumer_settings.hpp"
#include "messages/consumers/rows.hpp"

#include <string>

namespace carillon {

/// The dead letter that a row becomes, without its id.
/// @param x the event; null if the log does not have it
dead_letter letter_of(const std::string& consumer, const retry_row& row, const event* x,
                      timestamp now);

/// The event that reports a dead letter. It has the same id on every try, so that a crash between
/// report and row leaves one report.
expected<draft_ptr> note_of(const consumer_settings& spec, const dead_letter& x,
                            const retry_row& row, const event& cause);

} // namespace carillon
