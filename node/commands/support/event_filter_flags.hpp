#pragma once

#include "messages/events/filter.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/command_line.hpp"

#include <string>

namespace carillon::commands {

/// Selects the events of a command; empty = all.
struct event_filter_flags {
  std::string types;
  std::string company;
  std::string user;
  std::string correlation;
  std::string from;
  std::string to;
  /// JSON, see `payload_filter`.
  std::string filter;
};

/// The fault of a payload filter, for an option's check; empty if it has none.
std::string check_payload_filter(const std::string& text);

/// Adds `--types`, `--company`, `--user`, `--correlation`, `--from`, `--to` and `--filter`.
void add_filter_flags(command_line& command, event_filter_flags& out);

/// The same without the times, for a command whose `--from` or `--to` is something else.
void add_selection_flags(command_line& command, event_filter_flags& out);

/// As query parameters of the API.
query_parameters to_query(const event_filter_flags& x);

/// As a filter. Errors: `invalid_argument`.
expected<event_filter> to_filter(const event_filter_flags& x);

/// As the JSON object of a replay request. Errors: `invalid_argument`.
expected<std::string> to_filter_json(const event_filter_flags& x);

} // namespace carillon::commands
