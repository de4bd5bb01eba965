#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon::data {

/// How the body of a request is framed, and whether the connection goes on behind it.
struct request_framing {
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
};

/// What a `request_parser` finds, in the order of the bytes. A false answer stops the parser: the
/// request is rejected, for a reason that the listener knows.
class request_listener {
public:
  virtual void on_line(boost::beast::http::verb method, std::string_view target, bool http11) = 0;
  virtual bool on_field(boost::beast::http::field name, std::string_view name_text,
                        std::string_view value)
    = 0;
  virtual bool on_head(const request_framing& x) = 0;
  /// A chunk of this size begins.
  virtual bool on_chunk(uint64_t size) = 0;
  virtual bool on_body(std::string_view piece) = 0;

protected:
  ~request_listener() = default;
};

/// Beast's parser of one request, without limits of its own: they depend on the head, so that the
/// listener counts.
class request_parser final : public boost::beast::http::basic_parser<true> {
public:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  /// @param to outlives the parser
  explicit request_parser(request_listener& to);

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

  request_listener& to_;
};

} // namespace carillon::data
