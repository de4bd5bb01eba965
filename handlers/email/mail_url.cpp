#include "handlers/email/mail_url.hpp"

#include "base/text/mail_address.hpp"
#include "handlers/email/mime/mime_text.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>

namespace carillon {

namespace {

failure wrong(std::string detail) {
  return {ec::invalid_argument, std::move(detail), "mail"};
}

expected<mail_target> parse_directory(std::string_view path) {
  if (path.starts_with("///"))
    path.remove_prefix(2);
  else if (path.starts_with("//"))
    return wrong("a file URL names no host: write file:DIR");
  if (path.empty() || has_control_character(path))
    return wrong("file: needs a directory, e.g. file:data/outbox");
  return mail_target{.what = mail_target::kind::directory, .directory = std::string{path}};
}

expected<mail_target> with_login(mail_target out, const boost::urls::url_view& url) {
  out.user = url.user();
  out.password = url.password();
  if (has_control_character(out.user) || has_control_character(out.password))
    return wrong("a control character in the user or password of the mail server");
  if (out.user.empty() != out.password.empty())
    return wrong("a mail server's user and password go together");
  return out;
}

expected<mail_target> parse_server(std::string_view text) {
  auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed)
    return wrong("the URL of the mail server is malformed; special characters of the user and "
                 "password have to be percent-encoded");
  const auto& url = *parsed;
  mail_target out{.what
                  = url.scheme() == "smtps" ? mail_target::kind::smtps : mail_target::kind::smtp};
  if (url.has_query() || url.has_fragment() || (!url.path().empty() && url.path() != "/"))
    return wrong("the URL of the mail server ends after the port");
  auto ipv6 = url.host_type() == boost::urls::host_type::ipv6;
  out.host = ipv6 ? url.host_address() : url.host();
  if (!ipv6 && !is_mail_domain(out.host))
    return wrong("the URL of the mail server needs a host: smtp://HOST:PORT");
  out.port = out.what == mail_target::kind::smtps ? 465 : 587;
  if (auto port = url.port(); !port.empty()) {
    // port_number() ignores numbers that are too large.
    auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc{} || end != port.data() + port.size())
      out.port = 0;
  }
  if (out.port == 0)
    return wrong("the port of the mail server has to be 1-65535");
  return with_login(std::move(out), url);
}

} // namespace

bool mail_target::is_local() const noexcept {
  // A name may begin with digits, too.
  auto number = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "::1" || (number && host.starts_with("127."));
}

std::string mail_target::display() const {
  if (what == kind::directory)
    return "file:" + directory;
  std::string out = what == kind::smtps ? "smtps://" : "smtp://";
  if (!user.empty())
    out += user + "@";
  out += host.find(':') == std::string::npos ? host : '[' + host + ']';
  return out + ':' + std::to_string(port);
}

expected<mail_target> parse_mail_url(std::string_view url) {
  if (url.starts_with("file:"))
    return parse_directory(url.substr(5));
  if (url.starts_with("smtp://") || url.starts_with("smtps://"))
    return parse_server(url);
  return wrong("mail goes to file:DIR, smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT");
}

} // namespace carillon
