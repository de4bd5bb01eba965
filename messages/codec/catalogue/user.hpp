#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// There is a new user.
struct user_registered {
  static constexpr std::string_view type = "user.registered";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string email;
  std::string role;
};

BOOST_DESCRIBE_STRUCT(user_registered, (), (company_id, user_id, email, role))

/// A user changed; `fields` names what.
struct user_updated {
  static constexpr std::string_view type = "user.updated";
  static constexpr carillon::audience audience = carillon::audience::user;

  std::string company_id;
  std::string user_id;
  std::vector<std::string> fields;
};

BOOST_DESCRIBE_STRUCT(user_updated, (), (company_id, user_id, fields))

/// A user has logged in.
struct user_login {
  static constexpr std::string_view type = "user.login";
  static constexpr carillon::audience audience = carillon::audience::user;

  std::string company_id;
  std::string user_id;
  std::string ip;
  std::string user_agent;
};

BOOST_DESCRIBE_STRUCT(user_login, (), (company_id, user_id, ip, user_agent))

/// A user is gone.
struct user_deleted {
  static constexpr std::string_view type = "user.deleted";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string reason;
};

BOOST_DESCRIBE_STRUCT(user_deleted, (), (company_id, user_id, reason))

} // namespace carillon
