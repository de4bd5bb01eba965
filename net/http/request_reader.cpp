#include "net/http/request_reader.hpp"

#include "base/text/ascii.hpp"
#include "net/http/target.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <array>

namespace carillon::data {

namespace {

namespace http = boost::beast::http;
using boost::beast::iequals;

/// A rejected body up to this size is discarded, so that the connection survives.
constexpr uint64_t discard_bytes = 64UL * 1024;
/// Memory that a connection keeps between requests.
constexpr size_t kept_body_bytes = 32UL * 1024;
constexpr int header_too_large = 431;
constexpr int target_too_long = 414;
constexpr int not_implemented = 501;
/// No chunked body ends with fewer. Beast 1.81 asserts that all of them are there when it examines
/// a last chunk again (boostorg/beast#2861).
constexpr size_t last_chunk_bytes = 5;
constexpr int expectation_failed = 417;

/// Makes Beast stop; the rejection holds the reason.
const http::error stop = http::error::bad_value;

/// The fault, in words for the client.
std::string_view sentence_for(const boost::beast::error_code& x) {
  struct entry {
    http::error code;
    std::string_view text;
  };
  static constexpr std::array entries{
    entry{http::error::bad_method, "the request line has no valid method"},
    entry{http::error::bad_target, "the request line has no valid target"},
    entry{http::error::bad_version, "the request is not HTTP/1.0 or HTTP/1.1"},
    entry{http::error::bad_field, "a header field has no valid name"},
    entry{http::error::bad_value, "a header field has no valid value"},
    entry{http::error::bad_content_length, "Content-Length is not valid"},
    entry{http::error::multiple_content_length, "Content-Length is given twice"},
    entry{http::error::bad_transfer_encoding, "Transfer-Encoding is not valid"},
    entry{http::error::bad_chunk, "the chunked body is not valid"},
    entry{http::error::bad_chunk_extension, "the chunked body is not valid"},
  };
  for (const auto& e : entries)
    if (x == e.code)
      return e.text;
  return "the request is not valid HTTP";
}

} // namespace

request_reader::parser::parser(request_reader& owner) : owner_(owner) {
  eager(true);
  // The reader counts by itself: the limits depend on the head.
  header_limit(UINT32_MAX);
  body_limit(boost::none);
}

void request_reader::parser::on_request_impl(http::verb method, string_view, string_view target,
                                             int version, error_code&) {
  owner_.head_.method = method;
  owner_.head_.target = target;
  owner_.head_.http11 = version == 11;
}

void request_reader::parser::on_response_impl(int, string_view, int, error_code&) {
}

void request_reader::parser::on_field_impl(http::field name, string_view name_text,
                                           string_view value, error_code& error) {
  // Trailer fields are ignored: nothing here may depend on them.
  if (owner_.head_done_)
    return;
  owner_.take_field(name, name_text, value);
  if (owner_.admitted_.refused)
    error = stop;
}

void request_reader::parser::on_header_impl(error_code& error) {
  if (auto length = content_length(); length && !chunked())
    owner_.head_.content_length = *length;
  owner_.head_.chunked = chunked();
  owner_.keep_alive_ = keep_alive();
  if (!owner_.finish_head())
    error = stop;
}

void request_reader::parser::on_body_init_impl(const boost::optional<uint64_t>&, error_code&) {
}

size_t request_reader::parser::on_body_impl(string_view piece, error_code& error) {
  if (!owner_.take_body(piece))
    error = stop;
  return piece.size();
}

void request_reader::parser::on_chunk_header_impl(uint64_t size, string_view, error_code& error) {
  // Counted before the chunk arrives: its size alone may break the limit.
  if (size
      > owner_.admitted_.body_limit - std::min(owner_.admitted_.body_limit, owner_.received_)) {
    owner_.refuse(ec::too_large, "the chunked body exceeds its limit; send less at a time", 0);
    error = stop;
  }
}

size_t request_reader::parser::on_chunk_body_impl(uint64_t, string_view piece, error_code& error) {
  return on_body_impl(piece, error);
}

void request_reader::parser::on_finish_impl(error_code&) {
}

request_reader::request_reader(const request_judge& entrance, body_budget& budget)
  : gate_(entrance), budget_(budget) {
}

request_reader::~request_reader() {
  release();
}

void request_reader::next() {
  release();
  parser_.reset();
  head_.clear();
  admitted_ = {};
  whole_ = {};
  scanned_ = line_ = 0;
  received_ = expected_bytes_ = 0;
  hosts_ = lengths_ = 0;
  codings_ = {};
  joined_.clear();
  began_ = head_done_ = awaits_continue_ = discard_ = shape_known_ = false;
  keep_alive_ = true;
}

void request_reader::release() {
  budget_.used -= stored_.size();
  if (budget_.shared != nullptr)
    budget_.shared->give_back(admitted_.who.company_id, stored_.size());
  stored_.clear();
  if (stored_.capacity() > kept_body_bytes)
    std::string{}.swap(stored_);
}

request_reader::step request_reader::refuse(ec code, std::string detail, int status) {
  admitted_.refused
    = refusal{.why = {code, std::move(detail), {}}, .status = status, .allow = {}, .close = true};
  return step::refused;
}

void request_reader::fault(std::string detail, int status) {
  refuse(ec::invalid_argument, std::move(detail), status);
}

request_reader::step request_reader::feed(std::string_view in, size_t& used) {
  used = 0;
  if (!head_done_) {
    // RFC 9112 section 2.2: empty lines before a request are ignored.
    while (!began_ && in.starts_with("\r\n")) {
      in.remove_prefix(2);
      used += 2;
    }
    if (in.empty() || (!began_ && in == "\r"))
      return step::need_more;
    began_ = true;
    if (auto verdict = scan_head(in))
      return *verdict;
    parser_.emplace(*this);
  } else if (head_.chunked && in.size() < last_chunk_bytes && in.starts_with('0')) {
    return step::need_more;
  }
  error_code result;
  auto count = parser_->put(boost::asio::const_buffer{in.data(), in.size()}, result);
  used += count;
  auto verdict = conclude(result);
  // A chunk's size line and the trailer are taken whole, and so must be bounded.
  if (verdict == step::need_more && in.size() - count > gate_.header_bytes())
    return refuse(ec::too_large, "a line of the chunked body is too long", 0);
  return verdict;
}

/// Searches new bytes for the end of the header. Empty once it is found; the parser then sees the
/// whole header, so that its views are stable.
std::optional<request_reader::step> request_reader::scan_head(std::string_view in) {
  auto limit = gate_.header_bytes();
  for (;;) {
    auto end = in.find('\n', scanned_);
    if (end == std::string_view::npos || end >= limit) {
      if (in.size() >= limit && line_ == 0)
        return refuse(ec::too_large, "the request line exceeds " + std::to_string(limit) + " bytes",
                      target_too_long);
      if (in.size() >= limit)
        return refuse(ec::too_large, "the header exceeds " + std::to_string(limit) + " bytes",
                      header_too_large);
      scanned_ = in.size();
      break;
    }
    if (end == 0 || in[end - 1] != '\r') {
      fault("a line of the header ends without carriage return");
      return step::refused;
    }
    if (end + 1 - line_ == 2)
      return {};
    // RFC 9112 section 5.2: obsolete line folding is rejected.
    if (line_ > 0 && (in[line_] == ' ' || in[line_] == '\t')) {
      fault("a header field is folded over several lines");
      return step::refused;
    }
    scanned_ = line_ = end + 1;
  }
  // A method begins with a letter; without this check the server would wait for the rest of a TLS
  // handshake.
  auto first = static_cast<unsigned char>(in.front() | 0x20);
  if (first < 'a' || first > 'z') {
    fault("this is not an HTTP request; the port speaks plain HTTP/1.1");
    return step::refused;
  }
  return step::need_more;
}

request_reader::step request_reader::conclude(const error_code& result) {
  if (result && result != http::error::need_more) {
    if (!admitted_.refused || (head_done_ && discard_)) {
      discard_ = false;
      fault(std::string{sentence_for(result)});
    }
    return step::refused;
  }
  if (!head_done_) {
    fault("the header is not valid");
    return step::refused;
  }
  if (!parser_->is_done())
    return step::need_more;
  return admitted_.refused ? step::refused : step::complete;
}

void request_reader::take_field(http::field name, std::string_view name_text,
                                std::string_view value) {
  auto once = [&](std::string_view& to) {
    if (to.data() != nullptr)
      fault(std::string{name_text} + " is given twice");
    to = value;
  };
  switch (name) {
  case http::field::host:
    if (++hosts_ > 1)
      fault("Host is given twice");
    else if (!is_host(value))
      fault("Host is not valid: send the name or the address, and the port");
    head_.host = value;
    break;
  case http::field::content_length:
    // Beast accepts equal repetitions; a proxy in front may not.
    if (++lengths_ > 1 || value.find(',') != std::string_view::npos)
      fault("Content-Length is given twice");
    break;
  case http::field::transfer_encoding:
    add_to_list(codings_, value);
    break;
  case http::field::accept:
    add_to_list(head_.accept, value);
    break;
  case http::field::if_match:
    add_to_list(head_.if_match, value);
    break;
  case http::field::if_none_match:
    add_to_list(head_.if_none_match, value);
    break;
  case http::field::access_control_request_method:
    once(head_.asks_method);
    break;
  case http::field::access_control_request_headers:
    add_to_list(head_.asks_fields, value);
    break;
  case http::field::content_type:
    once(head_.content_type);
    break;
  case http::field::content_encoding:
    add_to_list(head_.content_encoding, value);
    break;
  case http::field::authorization:
    once(head_.authorization);
    break;
  case http::field::expect:
    add_to_list(head_.expect, value);
    break;
  case http::field::origin:
    once(head_.origin);
    break;
  case http::field::connection:
    add_to_list(head_.connection, value);
    break;
  case http::field::upgrade:
    add_to_list(head_.upgrade, value);
    break;
  case http::field::sec_websocket_key:
    once(head_.websocket_key);
    break;
  case http::field::sec_websocket_version:
    once(head_.websocket_version);
    break;
  case http::field::sec_websocket_protocol:
    add_to_list(head_.websocket_protocol, value);
    break;
  default:
    if (iequals(name_text, "last-event-id"))
      once(head_.last_event_id);
    if (iequals(name_text, "carillon-actor"))
      once(head_.actor);
    if (name_text.size() > 3 && iequals(name_text.substr(0, 3), "ce-"))
      head_.cloud.emplace_back(ascii_lower(name_text.substr(3)), value);
  }
}

/// Several lines of a list are one list (RFC 9110 section 5.3).
void request_reader::add_to_list(std::string_view& list, std::string_view value) {
  if (list.data() == nullptr) {
    list = value;
    return;
  }
  auto& text = joined_.emplace_back(list);
  text += ", ";
  text += value;
  list = text;
}

/// The target's host takes precedence over the field (RFC 9112 section 3.2.2).
bool request_reader::check_target() {
  auto special = head_.target == "*" || head_.method == http::verb::connect;
  auto parts = special ? std::optional{target_parts{}} : parts_of(head_.target);
  if (!parts) {
    fault("the request target is not a path, nor an http or https URL");
    return false;
  }
  if (parts->absolute)
    head_.host = parts->authority;
  return true;
}

/// Only chunked is supported. If it is not the last coding, the end of the body cannot be found;
/// applying it twice is not allowed (RFC 9112 section 6.1).
bool request_reader::check_coding() {
  if (codings_.data() == nullptr)
    return true;
  if (!head_.http11) {
    fault("HTTP/1.0 has no Transfer-Encoding");
    return false;
  }
  http::token_list all{{codings_.data(), codings_.size()}};
  size_t count = 0;
  size_t chunked = 0;
  bool last = false;
  for (const auto& x : all) {
    last = iequals(x, "chunked");
    chunked += last ? 1 : 0;
    ++count;
  }
  if (chunked != 1 || !last || !head_.chunked) {
    fault("Transfer-Encoding does not end with 'chunked'");
    return false;
  }
  if (count > 1) {
    fault("only the transfer coding 'chunked' is understood", not_implemented);
    return false;
  }
  return true;
}

/// Returns false if the request is rejected and its body is not worth discarding.
bool request_reader::finish_head() {
  head_done_ = true;
  if (head_.http11 && hosts_ == 0) {
    fault("Host is missing");
    return false;
  }
  if (!check_coding() || !check_target())
    return false;
  if (head_.http11 && !head_.expect.empty()) {
    if (!iequals(head_.expect, "100-continue")) {
      fault("only 'Expect: 100-continue' is understood", expectation_failed);
      return false;
    }
    awaits_continue_ = head_.has_body();
  }
  admitted_ = gate_.judge(head_);
  expected_bytes_ = static_cast<size_t>(head_.content_length.value_or(0));
  if (!admitted_.refused)
    return true;
  auto& refused = *admitted_.refused;
  if (refused.close)
    return false;
  // A client that waits for permission may or may not send the body: only closing is safe.
  if (head_.has_body()
      && (head_.chunked || awaits_continue_ || *head_.content_length > discard_bytes)) {
    refused.close = true;
    return false;
  }
  discard_ = true;
  return true;
}

bool request_reader::take_body(std::string_view piece) {
  awaits_continue_ = false;
  received_ += piece.size();
  expected_bytes_ -= std::min(expected_bytes_, piece.size());
  if (discard_)
    return true;
  if (!shape_known_ && admitted_.form == event_form::json) {
    auto first = piece.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos) {
      shape_known_ = true;
      if (piece[first] != '[')
        admitted_.body_limit = std::min(admitted_.body_limit, admitted_.single_limit);
    }
  }
  if (std::max(received_, head_.content_length.value_or(0)) > admitted_.body_limit) {
    refuse(ec::too_large,
           "the body exceeds " + std::to_string(admitted_.body_limit)
             + " bytes; send less at a time",
           0);
    return false;
  }
  if (head_.content_length && piece.size() == *head_.content_length) {
    whole_ = piece;
    return true;
  }
  return store(piece);
}

bool request_reader::store(std::string_view piece) {
  if (budget_.used + piece.size() > budget_.limit) {
    refuse(ec::overloaded, "too many requests are being received, retry after a pause", 0);
    return false;
  }
  if (budget_.shared != nullptr) {
    const auto verdict = budget_.shared->take(admitted_.who.company_id, piece.size());
    if (verdict != share_verdict::granted) {
      auto why = budget_.shared->refusal(verdict);
      refuse(why.code, std::move(why.detail), 0);
      return false;
    }
  }
  budget_.used += piece.size();
  stored_ += piece;
  return true;
}

} // namespace carillon::data
