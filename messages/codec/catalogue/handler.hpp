#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// By the engine: a handler has failed an event for good.
struct handler_dead_lettered {
  static constexpr std::string_view type = "handler.dead_lettered";
  static constexpr carillon::audience audience = carillon::audience::none;

  std::string company_id;
  std::string user_id;
  std::string handler;
  std::string event_id;
  int64_t attempts = 0;
  std::string error;
};

BOOST_DESCRIBE_STRUCT(handler_dead_lettered, (),
                      (company_id, user_id, handler, event_id, attempts, error))

} // namespace carillon
