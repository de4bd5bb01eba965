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

/// By the engine: a threshold of the operator was reached, or it no longer is.
struct system_alert {
  static constexpr std::string_view type = "system.alert";
  static constexpr carillon::audience audience = carillon::audience::none;

  std::string company_id;
  std::string user_id;
  /// The kind, see docs/alerts.md.
  std::string alert;
  /// The thing, e.g. the name of a consumer; empty if there is one only.
  std::string subject;
  /// `begun` or `ended`.
  std::string state;
  int64_t value = 0;
  int64_t threshold = 0;
  std::string message;
  /// When it began.
  timestamp since;
};

BOOST_DESCRIBE_STRUCT(system_alert, (),
                      (company_id, user_id, alert, subject, state, value, threshold, message,
                       since))

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
