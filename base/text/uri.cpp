#include "base/text/uri.hpp"

#include "base/text/hex.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace carillon {

namespace {

constexpr std::string_view unreserved
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
constexpr std::string_view reserved = ":/?#[]@!$&'()*+,;=";

bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Encodes characters in neither set; `%` stays if it begins an encoded byte already.
std::string encoded(std::string_view x, std::string_view also_plain) {
  std::string out;
  for (size_t i = 0; i < x.size(); ++i) {
    auto is_encoded = x[i] == '%' && i + 2 < x.size() && is_hex(x[i + 1]) && is_hex(x[i + 2]);
    if (is_encoded || unreserved.find(x[i]) != std::string_view::npos
        || also_plain.find(x[i]) != std::string_view::npos)
      out += x[i];
    else
      append_percent_encoded(out, static_cast<unsigned char>(x[i]));
  }
  return out;
}

} // namespace

bool is_uri(std::string_view x) {
  return boost::urls::parse_uri({x.data(), x.size()}).has_value();
}

bool is_uri_reference(std::string_view x) {
  return boost::urls::parse_uri_reference({x.data(), x.size()}).has_value();
}

std::string as_path_segment(std::string_view x) {
  std::string out;
  for (auto c : x) {
    if (unreserved.find(c) != std::string_view::npos)
      out += c;
    else
      append_percent_encoded(out, static_cast<unsigned char>(c));
  }
  return out;
}

std::string as_uri_reference(std::string_view x) {
  if (is_uri_reference(x))
    return std::string{x};
  if (auto out = encoded(x, reserved); is_uri_reference(out))
    return out;
  return encoded(x, {});
}

} // namespace carillon
