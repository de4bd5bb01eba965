#pragma once

#include "messages/codec/described.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// By the engine: a remote consumer has events, and no worker for a long time.
struct consumer_stalled {
  static constexpr std::string_view type = "consumer.stalled";
  static constexpr carillon::audience audience = carillon::audience::none;

  std::string company_id;
  std::string user_id;
  std::string consumer;
  int64_t lag = 0;
  /// When the last worker went.
  timestamp alone_since;
};

BOOST_DESCRIBE_STRUCT(consumer_stalled, (), (company_id, user_id, consumer, lag, alone_since))

} // namespace carillon
