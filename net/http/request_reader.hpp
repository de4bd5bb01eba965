#pragma once

#include "net/http/head_fields.hpp"
#include "net/http/head_scanner.hpp"
#include "net/http/request_body.hpp"
#include "net/http/request_judge.hpp"
#include "net/http/request_parser.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace carillon::data {

/// Cuts a byte stream into HTTP/1.x requests (RFC 9112), strictly: ambiguous input, which another
/// implementation could read differently, is rejected. No I/O; one per connection, memory is
/// reused. A body that arrives in one piece is not copied.
class request_reader : private request_listener {
public:
  enum class step : uint8_t {
    /// All usable bytes were used.
    need_more,
    /// A request is complete: see `head`, `admitted`, `body`.
    complete,
    /// Answer the request with `refused`.
    refused,
  };

  /// Both outlive the reader.
  request_reader(const request_judge& entrance, body_budget& budget);
  request_reader(const request_reader&) = delete;
  request_reader& operator=(const request_reader&) = delete;

  /// What the client has shown in its TLS handshake, see `request_head::certificate`.
  void shows(std::string certificate) {
    certificate_ = std::move(certificate);
  }

  /// Reads on. `in` begins with the first unused byte; `used` is set to the number of consumed
  /// bytes. After `complete` or `refused`, `next` comes first.
  step feed(std::string_view in, size_t& used);

  /// Clears the request; invalidates `body` and the views in `head`.
  void next();

  /// True between the first byte of a request and its end.
  bool began() const noexcept {
    return began_;
  }

  /// True if the client waits for `100 Continue` before it sends the body.
  bool awaits_continue() const noexcept {
    return awaits_continue_;
  }

  /// To be called when `100 Continue` is on its way.
  void continued() noexcept {
    awaits_continue_ = false;
  }

  /// Missing bytes of the body, if known.
  size_t expected_bytes() const noexcept {
    return body_.expected_bytes();
  }

  const request_head& head() const noexcept {
    return head_;
  }

  bool keep_alive() const {
    return keep_alive_;
  }

  const admission& admitted() const noexcept {
    return admitted_;
  }

  /// The handler of a `call`, to be moved from.
  std::shared_ptr<handed_call>& admitted_call() noexcept {
    return admitted_.call;
  }

  /// The start of a session, to be moved from; null without one.
  session_start* admitted_session() noexcept {
    return admitted_.session ? &*admitted_.session : nullptr;
  }

  refusal& refused() noexcept {
    return *admitted_.refused;
  }

  /// Valid until `next` or until the bytes given to `feed` move.
  std::string_view body() const noexcept {
    return body_.bytes();
  }

private:
  void on_line(boost::beast::http::verb method, std::string_view target, bool http11) override;
  bool on_field(boost::beast::http::field name, std::string_view name_text,
                std::string_view value) override;
  bool on_head(const request_framing& x) override;
  bool on_chunk(uint64_t size) override;
  bool on_body(std::string_view piece) override;

  bool refuse(std::optional<refusal> why);
  step conclude(const boost::beast::error_code& result);
  bool admit();

  const request_judge& gate_;
  /// Made anew for each request.
  std::optional<request_parser> parser_;
  request_head head_;
  std::string certificate_;
  head_scanner scanner_;
  head_fields fields_{head_};
  admission admitted_;
  request_body body_;
  bool began_ = false;
  bool head_done_ = false;
  bool keep_alive_ = true;
  bool awaits_continue_ = false;
  /// The body is discarded, since the request is rejected already.
  bool discard_ = false;
};

} // namespace carillon::data
