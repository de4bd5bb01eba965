#include "net/http/request_parser.hpp"

#include <boost/beast/http/error.hpp>

namespace carillon::data {

namespace {

/// Makes Beast stop; the listener holds the reason.
void go_on_if(bool accepted, boost::beast::error_code& error) {
  if (!accepted)
    error = boost::beast::http::error::bad_value;
}

} // namespace

request_parser::request_parser(request_listener& to) : to_(to) {
  eager(true);
  header_limit(UINT32_MAX);
  body_limit(boost::none);
}

void request_parser::on_request_impl(boost::beast::http::verb method, string_view,
                                     string_view target, int version, error_code&) {
  to_.on_line(method, target, version == 11);
}

void request_parser::on_response_impl(int, string_view, int, error_code&) {
}

void request_parser::on_field_impl(boost::beast::http::field name, string_view name_text,
                                   string_view value, error_code& error) {
  go_on_if(to_.on_field(name, name_text, value), error);
}

void request_parser::on_header_impl(error_code& error) {
  request_framing found{.chunked = chunked(), .keep_alive = keep_alive()};
  if (auto length = content_length(); length && !found.chunked)
    found.content_length = *length;
  go_on_if(to_.on_head(found), error);
}

void request_parser::on_body_init_impl(const boost::optional<uint64_t>&, error_code&) {
}

size_t request_parser::on_body_impl(string_view piece, error_code& error) {
  go_on_if(to_.on_body(piece), error);
  return piece.size();
}

void request_parser::on_chunk_header_impl(uint64_t size, string_view, error_code& error) {
  go_on_if(to_.on_chunk(size), error);
}

size_t request_parser::on_chunk_body_impl(uint64_t, string_view piece, error_code& error) {
  return on_body_impl(piece, error);
}

void request_parser::on_finish_impl(error_code&) {
}

} // namespace carillon::data
