#pragma once

#include "net/admin/operations.hpp"
#include "net/http/request_head.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace carillon::admin {

/// A caller that may not make a call.
struct rejected_caller {
  /// `unauthenticated` or `forbidden`.
  failure why;
  /// As `name_of`; empty without valid credentials.
  std::string who;
};

/// True if the page that sent a request was loaded from this port, or has an origin on the list; or
/// if the client sends no `Origin`.
/// @param with_key the request has an API key; `*` allows all origins only then, since a foreign
///        page cannot know a key
bool is_allowed_origin(const context& ctx, const data::request_head& head, bool with_key) noexcept;

/// The one place that decides who may make a call: authenticates the caller, and checks its rights
/// and the page that sent the request. An open operation admits every caller unseen.
boost::system::result<principal, rejected_caller>
admit(const context& ctx, const data::request_head& head, permission needs);

} // namespace carillon::admin
