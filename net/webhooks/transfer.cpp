#include "net/webhooks/transfer.hpp"

#include "base/text/ascii.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace carillon::http {

namespace {

constexpr size_t max_retry_after_bytes = 64;

double millis_since(steady_clock::time_point x) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - x).count();
}

} // namespace

// Handle

bool transfer::open() {
  easy_.reset(curl_easy_init());
  return easy_ != nullptr && set_constants();
}

bool transfer::set_constants() {
  const auto& options = *setup_.options;
  option_setter to{easy_.get()};
  to.set(CURLOPT_PRIVATE, static_cast<void*>(this))
    .set(CURLOPT_ERRORBUFFER, detail_.data())
    // No signals, and no waiting for a resolver's thread when a deadline has passed.
    .set(CURLOPT_NOSIGNAL, 1L)
    .set(CURLOPT_QUICK_EXIT, 1L)
    .set(CURLOPT_PROTOCOLS_STR, options.allow_http ? "https,http" : "https")
    .set(CURLOPT_FOLLOWLOCATION, 0L)
    .set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L)
    .set(CURLOPT_PATH_AS_IS, 1L)
    .set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED))
    // An empty name switches the environment's proxies off, too.
    .set(CURLOPT_PROXY, options.proxy.c_str())
    .set(CURLOPT_NOPROXY, "")
    .set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L)
    .set(CURLOPT_USERAGENT, options.user_agent.c_str())
    // Compression is not requested, and nothing is decompressed.
    .set(CURLOPT_ACCEPT_ENCODING, static_cast<char*>(nullptr))
    .set(CURLOPT_HTTP_CONTENT_DECODING, 0L)
    .set(CURLOPT_HTTP09_ALLOWED, 0L)
    .set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS))
    .set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
    .set(CURLOPT_SSL_VERIFYPEER, 1L)
    .set(CURLOPT_SSL_VERIFYHOST, 2L)
    .set(CURLOPT_POST, 1L)
    .set(CURLOPT_HEADERFUNCTION, &transfer::on_header)
    .set(CURLOPT_HEADERDATA, static_cast<void*>(this))
    .set(CURLOPT_WRITEFUNCTION, &transfer::on_body)
    .set(CURLOPT_WRITEDATA, static_cast<void*>(this))
    .set(CURLOPT_SSL_CTX_FUNCTION, &transfer::on_tls)
    .set(CURLOPT_SSL_CTX_DATA, static_cast<void*>(this))
    .set(CURLOPT_OPENSOCKETFUNCTION, &transfer::on_socket)
    .set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this))
    .set(CURLOPT_PREREQFUNCTION, &transfer::on_connection)
    .set(CURLOPT_PREREQDATA, static_cast<void*>(this));
  if (!options.ca_file.empty())
    to.set(CURLOPT_CAINFO, options.ca_file.c_str());
  // A directory beside a file adds nothing, and would make libcurl read the file for each
  // connection instead of once.
  if (!options.ca_file.empty() || curl_version_info(CURLVERSION_NOW)->cainfo != nullptr)
    to.set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  if (setup_.resolve != nullptr)
    to.set(CURLOPT_RESOLVE, setup_.resolve);
  return to.ok();
}

bool transfer::begin(pending_request_ptr x) {
  static const std::string nothing;
  pending_ = std::move(x);
  out_ = std::make_shared<http_response>();
  detail_[0] = '\0';
  waited_ms_ = millis_since(pending_->begun);
  tls_begun_ms_ = -1.0;
  head_bytes_ = body_bytes_ = refused_ = opened_ = 0;
  status_ = 0;
  within_head_ = head_done_ = head_too_large_ = switched_ = body_cut_ = no_socket_ = false;
  reuse_refused_ = anew_ = false;
  const auto& request = pending_->request;
  const auto& body = request.body ? *request.body : nothing;
  // Zero would mean no deadline.
  auto left = std::max(
    1L, static_cast<long>(static_cast<double>(request.total_deadline.count()) - waited_ms_));
  auto connect = std::max(1L, static_cast<long>(request.connect_deadline.count()));
  option_setter to{easy_.get()};
  to.set(CURLOPT_URL, request.url.c_str())
    .set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()))
    .set(CURLOPT_POSTFIELDS, body.c_str())
    .set(CURLOPT_TIMEOUT_MS, left)
    .set(CURLOPT_FRESH_CONNECT, 0L)
    .set(CURLOPT_CONNECTTIMEOUT_MS, std::min(left, connect));
  return to.ok() && set_headers();
}

bool transfer::begin_anew() {
  if (!begin(std::move(pending_)))
    return false;
  anew_ = true;
  return curl_easy_setopt(easy_.get(), CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK;
}

bool transfer::set_headers() {
  headers_.reset();
  // Without a value: libcurl's own field is left out.
  bool fits = append(headers_, "Expect:");
  bool typed = false;
  for (const auto& [name, value] : pending_->request.headers) {
    typed = typed || equals_ignoring_case(name, "content-type");
    auto shown = trimmed(value, blanks_and_line_ends);
    fits = fits && append(headers_, shown.empty() ? name + ";" : name + ": " + std::string{shown});
  }
  if (!typed)
    fits = fits && append(headers_, "Content-Type:");
  return fits && curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.get()) == CURLE_OK;
}

// Callbacks of libcurl

size_t transfer::on_header(char* data, size_t size, size_t count, void* self) {
  auto bytes = size * count;
  return static_cast<transfer*>(self)->take_head({data, bytes}) ? bytes : 0;
}

size_t transfer::on_body(char* data, size_t size, size_t count, void* self) {
  auto bytes = size * count;
  // Otherwise zero bytes could not be distinguished from a failure.
  return static_cast<transfer*>(self)->take_body({data, bytes}) ? bytes : bytes + 1;
}

/// libcurl reports the time of connecting only after the handshake, which may fail.
CURLcode transfer::on_tls(CURL*, void*, void* self) {
  auto& x = *static_cast<transfer*>(self);
  x.tls_begun_ms_ = millis_since(x.pending_->begun);
  return CURLE_OK;
}

bool transfer::may_call(const sockaddr* address) const {
  const auto& rules = setup_.rules;
  return rules.guard(pending_->request.private_targets).permits(address)
         && !rules.own->holds(address);
}

curl_socket_t transfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& x = *static_cast<transfer*>(self);
  // The operator chose the proxy.
  if (x.setup_.options->proxy.empty() && !x.may_call(&address->addr)) {
    ++x.refused_;
    return CURL_SOCKET_BAD;
  }
  auto out = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (out < 0) {
    x.no_socket_ = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    return CURL_SOCKET_BAD;
  }
  ++x.opened_;
  return out;
}

/// A reused connection may have been opened for a request with more permissions.
int transfer::on_connection(void* self, char* remote, char*, int remote_port, int) {
  auto& x = *static_cast<transfer*>(self);
  if (!x.setup_.options->proxy.empty() || x.opened_ > 0)
    return CURL_PREREQFUNC_OK;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  bool may = false;
  if (remote != nullptr && ::inet_pton(AF_INET, remote, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<uint16_t>(remote_port));
    may = x.may_call(reinterpret_cast<const sockaddr*>(&v4));
  } else if (remote != nullptr && ::inet_pton(AF_INET6, remote, &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<uint16_t>(remote_port));
    may = x.may_call(reinterpret_cast<const sockaddr*>(&v6));
  }
  if (may)
    return CURL_PREREQFUNC_OK;
  ++x.refused_;
  x.reuse_refused_ = !x.anew_;
  return CURL_PREREQFUNC_ABORT;
}

// Answer

bool transfer::take_head(std::string_view line) {
  if (head_bytes_ == 0)
    out_->phases.first_byte_ms = millis_since(pending_->begun);
  head_bytes_ += line.size();
  head_too_large_ = head_bytes_ > setup_.options->max_head_bytes;
  if (head_too_large_)
    return false;
  // Trailers count toward the limit, but are ignored.
  if (head_done_)
    return true;
  if (!within_head_) {
    within_head_ = true;
    take_status(line);
    return true;
  }
  if (!trimmed(line, blanks_and_line_ends).empty()) {
    take_field(line);
    return true;
  }
  within_head_ = false;
  head_done_ = status_ >= 200;
  head_done_at_ = steady_clock::now();
  switched_ = status_ == 101;
  return !switched_;
}

void transfer::take_status(std::string_view line) {
  status_ = 0;
  out_->retry_after.clear();
  auto space = line.find(' ');
  if (space == std::string_view::npos)
    return;
  auto digits = line.substr(space + 1, 3);
  std::from_chars(digits.data(), digits.data() + digits.size(), status_);
}

void transfer::take_field(std::string_view line) {
  auto colon = line.find(':');
  if (colon == std::string_view::npos
      || !equals_ignoring_case(line.substr(0, colon), "retry-after"))
    return;
  auto value = trimmed(line.substr(colon + 1), blanks_and_line_ends);
  if (value.size() <= max_retry_after_bytes)
    out_->retry_after = printable(value);
}

bool transfer::take_body(std::string_view bytes) {
  const auto& options = *setup_.options;
  auto& kept = out_->body;
  kept.append(
    bytes.substr(0, options.max_kept_bytes - std::min(options.max_kept_bytes, kept.size())));
  body_bytes_ += bytes.size();
  body_cut_ = body_bytes_ > options.max_body_bytes;
  return !body_cut_;
}

// Outcome

long transfer::info(CURLINFO which) const noexcept {
  long out = 0;
  curl_easy_getinfo(easy_.get(), which, &out);
  return out;
}

/// Zero if it was not reached.
double transfer::millis(CURLINFO which) const noexcept {
  curl_off_t micros = 0;
  curl_easy_getinfo(easy_.get(), which, &micros);
  return static_cast<double>(micros) / 1'000.0;
}

bool transfer::connected() const noexcept {
  return tls_begun_ms_ >= 0 || millis(CURLINFO_CONNECT_TIME_T) > 0
         || millis(CURLINFO_PRETRANSFER_TIME_T) > 0;
}

void transfer::measure() {
  auto& phases = out_->phases;
  phases.total_ms = millis_since(pending_->begun);
  // Ready to send although no socket was opened: a reused connection.
  bool again = opened_ == 0 && millis(CURLINFO_PRETRANSFER_TIME_T) > 0;
  auto phase = [&](CURLINFO which, bool needed = true) {
    auto reached = millis(which);
    if (again || (!needed && connected()))
      return 0.0;
    return reached > 0 ? waited_ms_ + reached : -1.0;
  };
  phases.dns_ms = phase(CURLINFO_NAMELOOKUP_TIME_T);
  phases.connect_ms = phase(CURLINFO_CONNECT_TIME_T);
  if (phases.connect_ms < 0)
    phases.connect_ms = tls_begun_ms_;
  phases.tls_ms = phase(CURLINFO_APPCONNECT_TIME_T, pending_->tls);
  const char* address = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_IP, &address);
  if (!connected() || address == nullptr || *address == '\0')
    return;
  std::string host{address};
  if (host.find(':') != std::string::npos)
    host = "[" + host + "]";
  out_->remote_address = host + ":" + std::to_string(info(CURLINFO_PRIMARY_PORT));
}

/// A final status with a whole head is an answer, and shows the receiver's verdict on the event.
/// The body is only for inspection: even if it fails, sending again would be useless.
void transfer::judge(CURLcode code) {
  bool whole = code == CURLE_OK || (code == CURLE_WRITE_ERROR && body_cut_);
  out_->status = head_done_ ? status_ : 0;
  if (out_->status >= 200 && out_->status <= 599) {
    if (!whole)
      out_->error = explain_end(code).error;
    return;
  }
  out_->status = 0;
  if (whole || head_done_) {
    out_->fault = http_fault::protocol;
    out_->error = "the status of the answer is not one of HTTP";
    return;
  }
  auto [fault, error] = explain_end(code);
  out_->fault = fault;
  out_->error = std::move(error);
}

fault_and_text transfer::explain_end(CURLcode code) const {
  exchange_facts facts{
    .code = code,
    .detail = detail_.data(),
    .verify_result = info(CURLINFO_SSL_VERIFYRESULT),
    .tls = pending_->tls,
    .resolved = millis(CURLINFO_NAMELOOKUP_TIME_T) > 0,
    .connected = connected(),
    .tls_done = millis(CURLINFO_APPCONNECT_TIME_T) > 0 || millis(CURLINFO_PRETRANSFER_TIME_T) > 0,
    .first_byte = head_bytes_ > 0,
    .head_done = head_done_,
    .too_large = head_too_large_,
    .switched = switched_,
    .refused = refused_,
    .opened = opened_,
    .no_socket = no_socket_ && opened_ == 0,
    .connect_deadline = pending_->request.connect_deadline,
    .total_deadline = pending_->request.total_deadline,
  };
  return explain(facts);
}

bool transfer::is_body_late(steady_clock::time_point now) const noexcept {
  return head_done_ && now - head_done_at_ >= setup_.options->body_deadline;
}

http_response_ptr transfer::finish(CURLcode code) {
  measure();
  judge(code);
  return std::move(out_);
}

} // namespace carillon::http
