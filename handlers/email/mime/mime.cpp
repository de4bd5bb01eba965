#include "handlers/email/mime/mime.hpp"

#include "base/crypto/sha256.hpp"
#include "base/text/ascii.hpp"
#include "base/text/mail_address.hpp"
#include "base/text/utf8.hpp"
#include "handlers/email/mime/mime_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace carillon {

namespace {

using fault = std::optional<failure>;

failure refused(std::string_view field, std::string detail) {
  return {ec::invalid_argument, std::move(detail), std::string{field}};
}

failure too_large(std::string_view field, std::string detail) {
  return {ec::too_large, std::move(detail), std::string{field}};
}

// Checks

fault check_text(std::string_view field, std::string_view value, size_t limit) {
  if (has_control_character(value))
    return refused(field, "a line break or another control character in a header of a mail");
  if (value.size() > limit)
    return too_large(field,
                     "a header of a mail is longer than " + std::to_string(limit) + " bytes");
  return std::nullopt;
}

fault check_mailbox(const char* field, const mailbox& x) {
  const std::string prefix = field;
  if (!is_mail_address(x.address))
    return refused(prefix + ".address",
                   "'" + excerpt(x.address) + "' is not a mail address (local@domain, ASCII)");
  return check_text(prefix + ".name", x.name, mail_limits::name_bytes);
}

/// A token of RFC 2045, section 5.1: unlike one of HTTP it may have braces.
bool is_mime_token(std::string_view x) noexcept {
  return !x.empty() && x.size() <= 127 && std::all_of(x.begin(), x.end(), [](char c) {
    return c > ' ' && c <= '~'
           && std::string_view{"()<>@,;:\\\"/[]?="}.find(c) == std::string_view::npos;
  });
}

bool is_content_type(std::string_view x) noexcept {
  auto slash = x.find('/');
  return slash != std::string_view::npos && is_mime_token(x.substr(0, slash))
         && is_mime_token(x.substr(slash + 1));
}

bool is_header_name(std::string_view x) noexcept {
  return !x.empty() && x.size() <= 48
         && std::all_of(x.begin(), x.end(), [](char c) { return c > ' ' && c <= '~' && c != ':'; });
}

/// Fields with a structured syntax, or written here.
bool is_taken(std::string_view name) {
  constexpr std::array taken{"from",       "sender",   "reply-to",    "to",          "cc",
                             "bcc",        "date",     "message-id",  "subject",     "in-reply-to",
                             "references", "received", "return-path", "mime-version"};
  auto key = ascii_lower(name);
  return key.starts_with("content-") || key.starts_with("resent-")
         || std::find(taken.begin(), taken.end(), key) != taken.end();
}

fault check_header(const mail_header& x) {
  if (!is_header_name(x.name))
    return refused("headers.name", "'" + excerpt(x.name) + "' is not a header name");
  if (is_taken(x.name))
    return refused("headers.name", "the header " + x.name + " is written by Carillon itself");
  return check_text("headers.value", x.value, mail_limits::header_bytes);
}

fault check_attachment(const mail_attachment& x) {
  if (x.file_name.empty() || x.file_name.find_first_of("/\\") != std::string::npos)
    return refused("attachments.fileName", "an attachment needs a file name without a directory");
  if (!is_content_type(x.content_type))
    return refused("attachments.contentType",
                   "'" + excerpt(x.content_type) + "' is not a content type");
  return check_text("attachments.fileName", x.file_name, mail_limits::file_name_bytes);
}

size_t bytes_of(const mail_message& x) noexcept {
  auto out = x.text.size() + x.html.size();
  for (const auto& attachment : x.attachments)
    out += attachment.bytes.size();
  return out;
}

template <class T, class Check>
fault first_fault(const std::vector<T>& items, Check check) {
  for (const auto& item : items)
    if (auto out = check(item))
      return out;
  return std::nullopt;
}

fault check(const mail_message& x) {
  if (x.to.empty())
    return refused("to", "a mail needs a recipient");
  if (x.to.size() > mail_limits::recipients)
    return too_large("to", "a mail has more than " + std::to_string(mail_limits::recipients)
                             + " recipients");
  if (!is_message_id(x.message_id))
    return refused("messageId", "'" + excerpt(x.message_id) + "' is not a message id");
  if (bytes_of(x) > mail_limits::message_bytes)
    return too_large("", "a mail is larger than "
                           + std::to_string(mail_limits::message_bytes >> 20U) + " MiB");
  if (auto out = check_mailbox("from", x.from))
    return out;
  if (auto out = first_fault(x.to, [](const auto& y) { return check_mailbox("to", y); }))
    return out;
  if (auto out = check_text("subject", x.subject, mail_limits::header_bytes))
    return out;
  if (auto out = first_fault(x.headers, check_header))
    return out;
  return first_fault(x.attachments, check_attachment);
}

// Writing

/// `"Name" <address>`, with a fold where that is longer than a line.
std::string text_of(const mailbox& x, size_t column) {
  if (x.name.empty())
    return x.address;
  auto phrase = phrase_of(x.name, column);
  auto fold = phrase.rfind('\n');
  auto end = fold == std::string::npos ? column + phrase.size() : phrase.size() - fold;
  return phrase + (end + x.address.size() > 72 ? "\r\n <" : " <") + x.address + '>';
}

void append_mailboxes(std::string& out, const char* field, const std::vector<mailbox>& all) {
  out += std::string{field} + ": ";
  auto column = std::string_view{field}.size() + 2;
  for (size_t i = 0; i < all.size(); ++i) {
    out += i == 0 ? "" : ",\r\n ";
    out += text_of(all[i], i == 0 ? column : 1);
  }
  out += "\r\n";
}

void append_text_part(std::string& out, const char* subtype, const std::string& text, bool within) {
  auto body = with_crlf(as_utf8(text));
  auto foreign = static_cast<size_t>(
    std::count_if(body.begin(), body.end(), [](char c) { return (c & '\x80') != 0; }));
  out += std::string{"Content-Type: text/"} + subtype + "; charset=utf-8\r\n";
  // Three bytes for each non-ASCII byte, against four for each three.
  if (foreign > body.size() / 6) {
    out += "Content-Transfer-Encoding: base64\r\n\r\n";
    append_base64_lines(out, body);
  } else {
    out += "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    append_quoted_printable(out, body);
    // In a multipart the line end belongs to the boundary.
    if (within || !body.ends_with("\r\n"))
      out += "\r\n";
  }
}

void append_attachment(std::string& out, const mail_attachment& x) {
  out += "Content-Type: " + x.content_type + "\r\n";
  out += "Content-Transfer-Encoding: base64\r\n";
  out += "Content-Disposition: attachment";
  append_file_name(out, x.file_name);
  out += "\r\n\r\n";
  append_base64_lines(out, x.bytes);
}

/// A boundary that no body holds: quoted-printable has no `=_`, base64 no `_`.
std::string boundary_of(const mail_message& x, std::string_view level) {
  return "=_" + sha256_hex(x.message_id).substr(0, 24) + '_' + std::string{level};
}

void append_multipart(std::string& out, const char* subtype, const std::string& boundary) {
  out += std::string{"Content-Type: multipart/"} + subtype + ";\r\n boundary=\"" + boundary
         + "\"\r\n\r\n";
}

void append_texts(std::string& out, const mail_message& x) {
  if (x.html.empty()) {
    append_text_part(out, "plain", x.text, !x.attachments.empty());
    return;
  }
  if (x.text.empty()) {
    append_text_part(out, "html", x.html, !x.attachments.empty());
    return;
  }
  auto boundary = boundary_of(x, "a");
  append_multipart(out, "alternative", boundary);
  out += "--" + boundary + "\r\n";
  append_text_part(out, "plain", x.text, true);
  out += "--" + boundary + "\r\n";
  append_text_part(out, "html", x.html, true);
  out += "--" + boundary + "--\r\n";
}

void append_body(std::string& out, const mail_message& x) {
  if (x.attachments.empty()) {
    append_texts(out, x);
    return;
  }
  auto boundary = boundary_of(x, "m");
  append_multipart(out, "mixed", boundary);
  out += "--" + boundary + "\r\n";
  append_texts(out, x);
  for (const auto& attachment : x.attachments) {
    out += "--" + boundary + "\r\n";
    append_attachment(out, attachment);
  }
  out += "--" + boundary + "--\r\n";
}

} // namespace

expected<composed_mail> compose(const mail_message& x) {
  if (auto wrong = check(x))
    return *wrong;
  composed_mail out{.message_id = x.message_id, .from = x.from.address};
  for (const auto& to : x.to)
    out.recipients.push_back(to.address);
  auto& content = out.content;
  content.reserve(2'048 + bytes_of(x) * 7 / 5);
  content += "Date: " + mail_date(x.date) + "\r\n";
  append_mailboxes(content, "From", {x.from});
  append_mailboxes(content, "To", x.to);
  append_text_field(content, "Subject", x.subject);
  content += "Message-ID: <" + x.message_id + ">\r\n";
  for (const auto& header : x.headers)
    append_text_field(content, header.name, header.value);
  content += "MIME-Version: 1.0\r\n";
  append_body(content, x);
  return out;
}

} // namespace carillon
