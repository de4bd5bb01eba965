#pragma once

#include "messages/bounds.hpp"
#include "net/data/request_judge.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::data {

/// Bytes of unfinished bodies that a loop may hold.
struct body_budget {
  size_t limit = 0;
  size_t used = 0;
  /// The same of all loops, as companies share it; null = they do not.
  bound_ptr shared = nullptr;
};

/// Cuts a byte stream into HTTP/1.x requests (RFC 9112), strictly: what another
/// implementation could read in a different way is refused. No I/O; one per
/// connection, memory is reused. A body that arrives in one piece is not copied.
class request_reader {
public:
  enum class step : uint8_t {
    /// All that could be used was used.
    need_more,
    /// A request is complete: see `head`, `admitted`, `body`.
    complete,
    /// The request is to be answered with `refused`.
    refused,
  };

  /// Both outlive the reader.
  request_reader(const request_judge& entrance, body_budget& budget);
  request_reader(const request_reader&) = delete;
  request_reader& operator=(const request_reader&) = delete;
  ~request_reader();

  /// Reads on. `in` begins with the first byte not used yet; `used` is set to how
  /// many of its bytes are done with. After `complete` or `refused`, `next` comes first.
  step feed(std::string_view in, size_t& used);

  /// Forgets the request; `body` and the views in `head` are invalid then.
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

  /// Bytes of the body that are still to come, if known.
  size_t expected_bytes() const noexcept {
    return expected_bytes_;
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

  /// What serves a `call`, to be moved from.
  std::shared_ptr<handed_call>& admitted_call() noexcept {
    return admitted_.call;
  }

  /// What a session begins with, to be moved from; null if none does.
  session_start* admitted_session() noexcept {
    return admitted_.session ? &*admitted_.session : nullptr;
  }

  refusal& refused() noexcept {
    return *admitted_.refused;
  }

  /// Valid until `next` or until the bytes given to `feed` move.
  std::string_view body() const noexcept {
    return whole_.empty() ? std::string_view{stored_} : whole_;
  }

private:
  class parser;
  friend class parser;

  /// Beast's parser calls back; it is made anew for each request.
  class parser final : public boost::beast::http::basic_parser<true> {
  public:
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;
    explicit parser(request_reader& owner);

  private:
    void on_request_impl(boost::beast::http::verb, string_view, string_view, int,
                         error_code&) override;
    void on_response_impl(int, string_view, int, error_code&) override;
    void on_field_impl(boost::beast::http::field, string_view, string_view, error_code&) override;
    void on_header_impl(error_code&) override;
    void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override;
    size_t on_body_impl(string_view, error_code&) override;
    void on_chunk_header_impl(uint64_t, string_view, error_code&) override;
    size_t on_chunk_body_impl(uint64_t, string_view, error_code&) override;
    void on_finish_impl(error_code&) override;

    request_reader& owner_;
  };

  using error_code = boost::beast::error_code;

  step refuse(ec code, std::string detail, int status);
  std::optional<step> scan_head(std::string_view in);
  step conclude(const error_code& result);
  void take_field(boost::beast::http::field name, std::string_view name_text,
                  std::string_view value);
  void add_to_list(std::string_view& list, std::string_view value);
  void fault(std::string detail, int status = 0);
  bool finish_head();
  bool check_target();
  bool check_coding();
  bool take_body(std::string_view piece);
  bool store(std::string_view piece);
  void release();

  const request_judge& gate_;
  body_budget& budget_;
  std::optional<parser> parser_;
  request_head head_;
  /// Lists that came in several lines.
  std::deque<std::string> joined_;
  std::string_view codings_;
  admission admitted_;
  /// The body if it came in one piece, else `stored_` has it.
  std::string_view whole_;
  std::string stored_;
  /// Progress of the search for the end of the header.
  size_t scanned_ = 0;
  size_t line_ = 0;
  uint64_t received_ = 0;
  size_t expected_bytes_ = 0;
  unsigned hosts_ = 0;
  unsigned lengths_ = 0;
  bool began_ = false;
  bool head_done_ = false;
  bool keep_alive_ = true;
  bool awaits_continue_ = false;
  /// The body is read over, since the request is refused already.
  bool discard_ = false;
  /// The first byte of the JSON was seen.
  bool shape_known_ = false;
};

} // namespace carillon::data
