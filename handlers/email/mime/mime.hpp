#pragma once

#include "base/failure.hpp"
#include "handlers/email/mail_message.hpp"

namespace carillon {

struct mail_limits {
  static constexpr size_t recipients = 1'000;
  /// Most bytes of a header field's text, and of a name.
  static constexpr size_t header_bytes = 2'000;
  static constexpr size_t name_bytes = 256;
  static constexpr size_t file_name_bytes = 255;
  /// Most bytes of the whole mail, before encoding.
  static constexpr size_t message_bytes = size_t{20} * 1'024 * 1'024;
};

/// Formats a mail: RFC 5322 with RFC 2045–2047 and 2231. The body is `multipart/mixed` with
/// attachments, `multipart/alternative` with both texts. The same message gives the same bytes:
/// boundaries are made of the message id, and no encoded body can hold one.
///
/// Nothing in a message can add a header, a part or a recipient: such a text is rejected. Errors:
/// `invalid_argument` for a control character (a line break, too) in a header or a name, for a
/// malformed address, message id, file name, content type or header name; `too_large`. The field
/// names the fault's place, e.g. `to.address`.
expected<composed_mail> compose(const mail_message& x);

} // namespace carillon
