#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// A part of the application failed.
struct system_error {
  static constexpr std::string_view type = "system.error";
  static constexpr carillon::audience audience = carillon::audience::none;

  std::string company_id;
  std::string user_id;
  std::string component;
  std::string message;
  std::string severity;
};

BOOST_DESCRIBE_STRUCT(system_error, (), (company_id, user_id, component, message, severity))

/// The application will not be available for a time.
struct system_maintenance {
  static constexpr std::string_view type = "system.maintenance";
  static constexpr carillon::audience audience = carillon::audience::all;

  std::string company_id;
  std::string user_id;
  std::string message;
  timestamp starts_at;
  timestamp ends_at;
};

BOOST_DESCRIBE_STRUCT(system_maintenance, (), (company_id, user_id, message, starts_at, ends_at))

} // namespace carillon
