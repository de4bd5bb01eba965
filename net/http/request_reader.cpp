#include "net/http/request_reader.hpp"

#include "net/http/target.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <array>
#include <utility>

namespace carillon::data {

namespace {

namespace http = boost::beast::http;

/// A rejected body up to this size is discarded, so that the connection survives.
constexpr uint64_t discard_bytes = 64UL * 1024;
/// No chunked body ends with fewer. Beast 1.81 asserts that all of them are there when it examines
/// a last chunk again (boostorg/beast#2861).
constexpr size_t last_chunk_bytes = 5;

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

request_reader::request_reader(const request_judge& entrance, body_budget& budget)
  : gate_(entrance), body_(budget) {
}

void request_reader::next() {
  body_.clear();
  parser_.reset();
  head_.clear();
  scanner_.clear();
  fields_.clear();
  admitted_ = {};
  began_ = head_done_ = awaits_continue_ = discard_ = false;
  keep_alive_ = true;
}

/// Notes a rejection; false if there is none.
bool request_reader::refuse(std::optional<refusal> why) {
  if (!why)
    return false;
  admitted_.refused = std::move(why);
  return true;
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
    // The parser sees the whole header, so that its views are stable.
    switch (scanner_.scan(in, gate_.header_bytes())) {
    case head_scanner::step::need_more:
      return step::need_more;
    case head_scanner::step::refused:
      refuse(std::move(scanner_.refused()));
      return step::refused;
    case head_scanner::step::complete:
      parser_.emplace(static_cast<request_listener&>(*this));
    }
  } else if (head_.chunked && in.size() < last_chunk_bytes && in.starts_with('0')) {
    return step::need_more;
  }
  boost::beast::error_code result;
  auto count = parser_->put(boost::asio::const_buffer{in.data(), in.size()}, result);
  used += count;
  auto verdict = conclude(result);
  // A chunk's size line and the trailer are taken whole, and so must be bounded.
  if (verdict == step::need_more && in.size() - count > gate_.header_bytes()) {
    refuse(last_refusal(ec::too_large, "a line of the chunked body is too long"));
    return step::refused;
  }
  return verdict;
}

request_reader::step request_reader::conclude(const boost::beast::error_code& result) {
  if (result && result != http::error::need_more) {
    if (!admitted_.refused || (head_done_ && discard_)) {
      discard_ = false;
      refuse(last_refusal(ec::invalid_argument, std::string{sentence_for(result)}));
    }
    return step::refused;
  }
  if (!head_done_) {
    refuse(last_refusal(ec::invalid_argument, "the header is not valid"));
    return step::refused;
  }
  if (!parser_->is_done())
    return step::need_more;
  return admitted_.refused ? step::refused : step::complete;
}

// -- request_listener ---------------------------------------------------------

void request_reader::on_line(http::verb method, std::string_view target, bool http11) {
  head_.method = method;
  head_.target = target;
  const auto parts = parts_of(target);
  head_.keeps_all = parts && parts->path.starts_with("/in/");
  head_.http11 = http11;
}

bool request_reader::on_field(http::field name, std::string_view name_text,
                              std::string_view value) {
  // Trailer fields are ignored: nothing here may depend on them.
  return head_done_ || !refuse(fields_.take(name, name_text, value));
}

bool request_reader::on_head(const request_framing& x) {
  head_.content_length = x.content_length;
  head_.chunked = x.chunked;
  keep_alive_ = x.keep_alive;
  head_done_ = true;
  return admit();
}

bool request_reader::on_chunk(uint64_t size) {
  // Counted before the chunk arrives: its size alone may break the limit.
  if (!body_.exceeds_limit(size))
    return true;
  refuse(last_refusal(ec::too_large, "the chunked body exceeds its limit; send less at a time"));
  return false;
}

bool request_reader::on_body(std::string_view piece) {
  awaits_continue_ = false;
  if (discard_) {
    body_.skip(piece);
    return true;
  }
  return !refuse(body_.take(piece));
}

/// Returns false if the request is rejected and its body is not worth discarding.
bool request_reader::admit() {
  if (refuse(fields_.finish()))
    return false;
  awaits_continue_ = head_.http11 && !head_.expect.empty() && head_.has_body();
  head_.certificate = certificate_;
  admitted_ = gate_.judge(head_);
  body_.begin(admitted_, head_.content_length);
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

} // namespace carillon::data
