#include "net/sso/fetch.hpp"

#include "base/curl_handle.hpp"
#include "net/http/target.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <array>
#include <memory>

namespace carillon::sso {

namespace {

/// Status line and header fields, in all.
constexpr size_t max_head = size_t{64} * 1024;

struct transfer {
  const fetch_limits& limits;
  const std::atomic<bool>& ends;
  std::string body = {};
  size_t head = 0;
  bool too_large = false;
};

size_t take_body(char* data, size_t size, size_t count, void* to) {
  auto& x = *static_cast<transfer*>(to);
  const auto bytes = size * count;
  x.too_large = x.body.size() + bytes > x.limits.body_bytes;
  if (x.too_large)
    return CURL_WRITEFUNC_ERROR;
  x.body.append(data, bytes);
  return bytes;
}

size_t take_head(char*, size_t size, size_t count, void* to) {
  auto& x = *static_cast<transfer*>(to);
  x.head += size * count;
  x.too_large = x.head > max_head;
  return x.too_large ? CURL_WRITEFUNC_ERROR : size * count;
}

int is_wanted(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<transfer*>(of)->ends.load() ? 1 : 0;
}

bool prepare(CURL* easy, const fetch_request& x, const fetch_limits& limits, transfer& to,
             slist_ptr& fields) {
  auto ok = append(fields, "Accept: application/json") && append(fields, "Expect:");
  if (!x.authorization.empty())
    ok = ok && append(fields, "Authorization: " + x.authorization);
  option_setter set{easy};
  set.set(CURLOPT_URL, x.url.c_str())
    .set(CURLOPT_NOSIGNAL, 1L)
    .set(CURLOPT_QUICK_EXIT, 1L)
    .set(CURLOPT_PROTOCOLS_STR, "https,http")
    .set(CURLOPT_FOLLOWLOCATION, 0L)
    .set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED))
    // An empty name switches the environment's proxies off, too.
    .set(CURLOPT_PROXY, "")
    .set(CURLOPT_NOPROXY, "*")
    .set(CURLOPT_ACCEPT_ENCODING, static_cast<char*>(nullptr))
    .set(CURLOPT_HTTP09_ALLOWED, 0L)
    .set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS))
    .set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
    .set(CURLOPT_SSL_VERIFYPEER, 1L)
    .set(CURLOPT_SSL_VERIFYHOST, 2L)
    .set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits.deadline.count()))
    .set(CURLOPT_WRITEFUNCTION, &take_body)
    .set(CURLOPT_WRITEDATA, static_cast<void*>(&to))
    .set(CURLOPT_HEADERFUNCTION, &take_head)
    .set(CURLOPT_HEADERDATA, static_cast<void*>(&to))
    .set(CURLOPT_NOPROGRESS, 0L)
    .set(CURLOPT_XFERINFOFUNCTION, &is_wanted)
    .set(CURLOPT_XFERINFODATA, static_cast<void*>(&to))
    .set(CURLOPT_HTTPHEADER, fields.get());
  if (!limits.ca_file.empty())
    set.set(CURLOPT_CAINFO, limits.ca_file.c_str())
      .set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  if (!x.form.empty())
    set.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(x.form.size()))
      .set(CURLOPT_POSTFIELDS, x.form.c_str());
  return ok && set.ok();
}

} // namespace

expected<fetch_answer> fetch(const fetch_request& x, const fetch_limits& limits,
                             const std::atomic<bool>& ends) {
  static const bool initialized = curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK;
  const easy_ptr easy{initialized ? curl_easy_init() : nullptr};
  transfer to{limits, ends};
  slist_ptr fields;
  std::array<char, CURL_ERROR_SIZE> detail{};
  if (!easy || !prepare(easy.get(), x, limits, to, fields)
      || curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, detail.data()) != CURLE_OK)
    return failure{ec::internal, "libcurl has no memory, or lacks what is needed", {}};
  const auto code = curl_easy_perform(easy.get());
  if (to.too_large)
    return failure{ec::too_large,
                   "the answer is longer than " + std::to_string(limits.body_bytes) + " bytes",
                   {}};
  if (code != CURLE_OK) {
    const std::string why{detail[0] != '\0' ? detail.data() : curl_easy_strerror(code)};
    return failure{ec::overloaded, why, {}};
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  return fetch_answer{static_cast<int>(status), std::move(to.body)};
}

bool is_provider_url(const std::string& url, bool may_be_plain) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || parsed->has_userinfo() || parsed->has_fragment() || parsed->encoded_host().empty())
    return false;
  if (parsed->scheme_id() == boost::urls::scheme::https)
    return true;
  const auto host = parsed->encoded_host();
  return may_be_plain && parsed->scheme_id() == boost::urls::scheme::http
         && data::is_loopback_name({host.data(), host.size()});
}

} // namespace carillon::sso
