#pragma once

#include "base/time.hpp"
#include "messages/contacts/mail_options.hpp"

#include <string>
#include <vector>

namespace carillon {

struct mail_attachment {
  /// UTF-8, 1–255 bytes, without `/` and `\`.
  std::string file_name;
  /// `type/subtype`, without parameters.
  std::string content_type;
  std::string bytes;
};

struct mail_header {
  /// Printable ASCII without colon; not a field that `compose` writes itself.
  std::string name;
  /// UTF-8, as unstructured text.
  std::string value;
};

/// A mail before it is formatted. No text of a header may hold control characters.
struct mail_message {
  mailbox from;
  /// 1–1,000; recipients see each other.
  std::vector<mailbox> to;
  std::string subject;
  /// Plain text and HTML; either may be empty. UTF-8, any line breaks.
  std::string text;
  std::string html;
  std::vector<mail_attachment> attachments;
  /// `left@right`, without angle brackets.
  std::string message_id;
  timestamp date;
  /// Further ones, in this order.
  std::vector<mail_header> headers;
};

/// A mail ready for a transport.
struct composed_mail {
  /// As in the message.
  std::string message_id;
  /// The envelope: the address for bounces, and the recipients.
  std::string from;
  std::vector<std::string> recipients;
  /// Header and body, ASCII, lines of at most 998 bytes that end with CRLF.
  std::string content;
};

} // namespace carillon
