#pragma once

#include "base/failure.hpp"

#include <string>

namespace carillon {

/// A request that was rejected for missing credentials or rights.
struct refused_access {
  /// `unauthenticated` or `forbidden`.
  failure why;
  /// `key:<id>`; empty without valid credentials.
  std::string who;
  /// Method and route, e.g. `POST /api/keys`.
  std::string action;
  /// Remote address of the socket, never from a header.
  std::string ip;
  /// The port: `/admin` or `/data`.
  std::string source = "/admin";
};

} // namespace carillon
