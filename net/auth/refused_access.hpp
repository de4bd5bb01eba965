#pragma once

#include "base/failure.hpp"

#include <string>

namespace carillon {

/// A request that was refused for want of credentials or of rights.
struct refused_access {
  /// `unauthenticated` or `forbidden`.
  failure why;
  /// `key:<id>`; empty if nobody proved to be anybody.
  std::string who;
  /// Method and route, e.g. `POST /api/keys`.
  std::string action;
  /// Remote address, never one that a header tells.
  std::string ip;
  /// The port: `/admin` or `/data`.
  std::string source = "/admin";
};

} // namespace carillon
