#pragma once

#include "base/failure.hpp"

#include <exception>
#include <stdexcept>
#include <string>

namespace carillon::postgres {

/// Thrown when there is no connection, and it is too early to try again.
class unreachable : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Thrown when another node has the database.
class superseded : public std::runtime_error {
public:
  superseded() : std::runtime_error("another node has the database") {
  }
};

/// Thrown for a commit that may be on this server only, although commits wait for a standby.
class unconfirmed : public std::runtime_error {
public:
  unconfirmed() : std::runtime_error("no standby has confirmed the commit") {
  }
};

/// Thrown for a URL that libpq cannot parse; the text shows no secret.
class unusable_url : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The failure for the callers of a call that threw, in words without SQL or addresses.
failure to_failure(const std::exception& x) noexcept;

/// The same for an operator who opens or copies a store: the server's message, on one line, without
/// secrets.
failure to_operators_failure(const std::exception& x);

/// The SQLSTATE; empty without one.
std::string state_of(const std::exception& x) noexcept;

/// True if another transaction was first, so that a retry may succeed: for a serialization failure,
/// a deadlock, and a unique violation, which may be a duplicate as well.
bool is_race(const std::exception& x) noexcept;

/// True if the connection is gone, or the server ended the request.
bool is_lost(const std::exception& x) noexcept;

} // namespace carillon::postgres
