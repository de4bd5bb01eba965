#include "net/http/head_scanner.hpp"

#include <string>
#include <utility>

namespace carillon::data {

namespace {

constexpr int header_too_large = 431;
constexpr int target_too_long = 414;

} // namespace

head_scanner::step head_scanner::refuse(ec code, std::string detail, int status) {
  refused_ = last_refusal(code, std::move(detail), status);
  return step::refused;
}

head_scanner::step head_scanner::scan(std::string_view in, uint64_t limit) {
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
    if (end == 0 || in[end - 1] != '\r')
      return refuse(ec::invalid_argument, "a line of the header ends without carriage return");
    if (end + 1 - line_ == 2)
      return step::complete;
    // RFC 9112 section 5.2: obsolete line folding is rejected.
    if (line_ > 0 && (in[line_] == ' ' || in[line_] == '\t'))
      return refuse(ec::invalid_argument, "a header field is folded over several lines");
    scanned_ = line_ = end + 1;
  }
  // A method begins with a letter; without this check the server would wait for the rest of a TLS
  // handshake.
  auto first = static_cast<unsigned char>(in.front() | 0x20);
  if (first < 'a' || first > 'z')
    return refuse(ec::invalid_argument,
                  "this is not an HTTP request; the port speaks plain HTTP/1.1");
  return step::need_more;
}

} // namespace carillon::data
