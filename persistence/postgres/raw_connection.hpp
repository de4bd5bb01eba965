#pragma once

#include <pqxx/pqxx>

#include <string>

namespace carillon::postgres {

/// A connection of libpqxx that prints no notices and never reopens itself: reconnecting would
/// continue a transaction without its beginning, and listen to nothing. The constructor connects;
/// it throws pqxx::broken_connection. A base class.
struct raw_connection {
  explicit raw_connection(const std::string& url) : raw(url), quiet(raw) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    raw.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  }

  pqxx::connection raw;
  pqxx::quiet_errorhandler quiet;
};

} // namespace carillon::postgres
