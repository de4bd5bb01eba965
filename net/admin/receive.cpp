#include "net/admin/receive.hpp"

#include "messages/utf8.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <array>

namespace carillon::admin {

namespace {

/// Of the name in `Carillon-Actor`.
constexpr size_t max_actor_bytes = 128;

namespace http = boost::beast::http;
using boost::beast::iequals;
using outcome = client_socket::outcome;
using head_parser = http::request_parser<http::empty_body>;

constexpr size_t max_target_bytes = 8'000;
constexpr std::string_view head_end = "\r\n\r\n";

rejection bad_request(std::string detail, int status = 0) {
  return {.why = {ec::invalid_argument, std::move(detail), {}}, .status = status};
}

rejection too_large(std::string detail, int status = 0) {
  return {.why = {ec::too_large, std::move(detail), {}}, .status = status};
}

rejection expired() {
  return {.why = {ec::timeout, "the request did not arrive in time", {}}, .status = 408};
}

/// What a look at the lines finds before they are parsed.
std::optional<rejection> check_lines(std::string_view head) {
  for (auto at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    if (at == 0 || head[at - 1] != '\r')
      return bad_request("a line of the header ends without carriage return");
    // RFC 9112 section 5.2: obsolete line folding is refused.
    if (at + 1 < head.size() && (head[at + 1] == ' ' || head[at + 1] == '\t'))
      return bad_request("a header field is folded over several lines");
  }
  return std::nullopt;
}

/// The methods of RFC 9110 and PATCH, which is also what httplib knows.
bool is_known(http::verb x) noexcept {
  constexpr std::array known{http::verb::get,     http::verb::head,  http::verb::post,
                             http::verb::put,     http::verb::patch, http::verb::delete_,
                             http::verb::options, http::verb::trace, http::verb::connect};
  return std::find(known.begin(), known.end(), x) != known.end();
}

/// Reads one request from a socket.
class receiver {
public:
  receiver(const client_socket& client, const admin_port_options& options)
    : client_(client), options_(options),
      deadline_(std::chrono::steady_clock::now() + options.receive_deadline) {
  }

  reception run() {
    reception out;
    if (!read_head() || !parse_head() || !read_body()) {
      out.refused = std::move(refused_);
      out.unread = true;
      return out;
    }
    request_.remote_addr = client_.remote_address();
    out.request = std::move(request_);
    return out;
  }

private:
  bool refuse(rejection x) {
    refused_ = std::move(x);
    return false;
  }

  bool read_head() {
    for (;;) {
      if (auto end = in_.find(head_end); end != std::string::npos) {
        end += head_end.size();
        if (end > options_.header_bytes)
          return refuse(head_too_large());
        request_.body = in_.substr(end);
        in_.resize(end);
        return true;
      }
      if (in_.size() >= options_.header_bytes)
        return refuse(head_too_large());
      // A method begins with a letter; a TLS handshake does not, and would be waited for.
      auto first = in_.empty() ? 'a' : static_cast<char>(in_.front() | 0x20);
      if (first < 'a' || first > 'z')
        return refuse(bad_request("this is not an HTTP request; the port speaks plain HTTP/1.1"));
      auto state = client_.read(in_, options_.header_bytes, deadline_);
      if (state == outcome::expired && !in_.empty())
        return refuse(expired());
      if (state != outcome::ready)
        return false;
    }
  }

  rejection head_too_large() const {
    if (in_.find("\r\n") > max_target_bytes)
      return too_large("the request target is too long", 414);
    return too_large("the header exceeds " + std::to_string(options_.header_bytes) + " bytes", 431);
  }

  bool parse_head() {
    if (auto fault = check_lines(in_))
      return refuse(std::move(*fault));
    head_parser parser;
    parser.header_limit(UINT32_MAX);
    parser.body_limit(boost::none);
    boost::beast::error_code error;
    parser.put(boost::asio::buffer(in_), error);
    if ((error && error != http::error::need_more) || !parser.is_header_done())
      return refuse(bad_request("the header is not valid HTTP"));
    const auto& head = parser.get();
    request_.method = std::string{head.method_string()};
    request_.target = std::string{head.target()};
    if (request_.target.size() > max_target_bytes)
      return refuse(too_large("the request target is too long", 414));
    if (!is_known(head.method()))
      return refuse(rejection{.why = {ec::method_not_allowed, "the method is not known here", {}},
                              .status = 501});
    return take_fields(head) && check_fields(head);
  }

  bool take_fields(const http::fields& fields) {
    return take(fields, http::field::authorization, request_.authorization)
           && take(fields, http::field::accept, request_.accept)
           && take(fields, http::field::content_type, request_.content_type)
           && take(fields, http::field::host, request_.host)
           && take(fields, http::field::origin, request_.origin)
           && take(fields, http::field::content_length, length_)
           && take(fields, http::field::content_encoding, encoding_)
           && take(fields, http::field::expect, expect_) && take_actor(fields);
  }

  /// For whom the caller acts: it goes to the audit log as it is.
  bool take_actor(const http::fields& fields) {
    constexpr boost::beast::string_view name{"Carillon-Actor"};
    if (fields.count(name) > 1)
      return refuse(bad_request("Carillon-Actor is given twice"));
    const auto value = fields[name];
    request_.actor.assign(value.data(), value.size());
    const auto is_control
      = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (request_.actor.size() > max_actor_bytes || !is_utf8(request_.actor)
        || std::any_of(request_.actor.begin(), request_.actor.end(), is_control))
      return refuse(
        bad_request("Carillon-Actor is a name of at most 128 bytes of UTF-8, on one line"));
    return true;
  }

  bool take(const http::fields& fields, http::field name, std::string& to) {
    if (auto count = fields.count(name); count > 1)
      return refuse(bad_request(std::string{http::to_string(name)} + " is given twice"));
    to = std::string{fields[name]};
    return true;
  }

  bool check_fields(const head_parser::value_type& head) {
    if (head.version() == 11 && head.count(http::field::host) == 0)
      return refuse(bad_request("Host is missing"));
    request_.has_length = head.count(http::field::content_length) > 0;
    if (head.count(http::field::transfer_encoding) > 0) {
      if (request_.has_length)
        return refuse(bad_request("Content-Length and Transfer-Encoding are both given"));
      return refuse(bad_request("send the body with a Content-Length, not chunked", 411));
    }
    if (!encoding_.empty() && !iequals(encoding_, "identity"))
      return refuse(rejection{
        .why = {ec::unsupported_media_type, "send the body uncompressed", "Content-Encoding"}});
    if (!expect_.empty() && !iequals(expect_, "100-continue"))
      return refuse(bad_request("only 'Expect: 100-continue' is understood", 417));
    if (request_.has_length && !read_length())
      return refuse(bad_request("Content-Length is not valid"));
    if (body_bytes_ > options_.body_bytes)
      return refuse(
        too_large("the body exceeds " + std::to_string(options_.body_bytes) + " bytes"));
    return true;
  }

  /// Digits only: a sign or a list is refused (RFC 9110 section 8.6).
  bool read_length() {
    constexpr size_t most_digits = 18;
    if (length_.empty() || length_.size() > most_digits
        || !std::all_of(length_.begin(), length_.end(),
                        [](char c) { return c >= '0' && c <= '9'; }))
      return false;
    body_bytes_ = std::stoull(length_);
    return true;
  }

  bool read_body() {
    auto& body = request_.body;
    if (body.size() < body_bytes_ && !expect_.empty()
        && !client_.write("HTTP/1.1 100 Continue\r\n\r\n", deadline_))
      return false;
    body.reserve(body_bytes_);
    while (body.size() < body_bytes_) {
      auto state = client_.read(body, body_bytes_ - body.size(), deadline_);
      if (state == outcome::expired)
        return refuse(expired());
      if (state != outcome::ready)
        return false;
    }
    // What follows would be a next request; there is one for each connection.
    body.resize(body_bytes_);
    return true;
  }

  const client_socket& client_;
  const admin_port_options& options_;
  client_socket::time_point deadline_;
  std::string in_;
  incoming request_;
  std::string length_;
  std::string encoding_;
  std::string expect_;
  size_t body_bytes_ = 0;
  std::optional<rejection> refused_;
};

} // namespace

reception receive(const client_socket& client, const admin_port_options& options) {
  return receiver{client, options}.run();
}

} // namespace carillon::admin
