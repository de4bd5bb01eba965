#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// Somebody could not log in.
struct security_login_failed {
  static constexpr std::string_view type = "security.login_failed";
  static constexpr carillon::audience audience = carillon::audience::none;

  std::string company_id;
  std::string user_id;
  std::string ip;
  std::string reason;
};

BOOST_DESCRIBE_STRUCT(security_login_failed, (), (company_id, user_id, ip, reason))

/// An action was not permitted.
struct security_access_denied {
  static constexpr std::string_view type = "security.access_denied";
  static constexpr carillon::audience audience = carillon::audience::none;

  std::string company_id;
  std::string user_id;
  std::string principal;
  std::string action;
  std::string ip;
};

BOOST_DESCRIBE_STRUCT(security_access_denied, (), (company_id, user_id, principal, action, ip))

} // namespace carillon
