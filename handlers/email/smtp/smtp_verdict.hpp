#pragma once

#include "handlers/email/mail_transport.hpp"
#include "handlers/email/mail_url.hpp"
#include "handlers/email/smtp/smtp_dialogue.hpp"

#include <curl/curl.h>

#include <string_view>

namespace carillon {

/// How an attempt ended for libcurl.
struct smtp_end {
  CURLcode code = CURLE_OK;
  /// libcurl's words for it; may be empty.
  std::string_view detail;
  /// The node stops.
  bool stopping = false;
};

/// The result for the mail: whether it was sent, and if not, whether the fault is this mail's or
/// would befall any other. The text has no password.
mail_result verdict_of(const smtp_dialogue& said, const smtp_end& end, const mail_target& server);

} // namespace carillon
