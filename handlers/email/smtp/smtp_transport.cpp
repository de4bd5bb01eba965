#include "handlers/email/smtp/smtp_transport.hpp"

#include "base/curl_handle.hpp"
#include "base/text/mail_address.hpp"
#include "handlers/email/smtp/smtp_dialogue.hpp"
#include "handlers/email/smtp/smtp_verdict.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon {

namespace {

using steady_clock = std::chrono::steady_clock;

} // namespace

class smtp_transport::impl {
public:
  explicit impl(smtp_options options)
    : options_(std::move(options)), dialogue_(!options_.server.user.empty()) {
  }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  ~impl() {
    // libcurl sends QUIT, and would wait for an answer for two minutes.
    break_connections(SHUT_RD);
    easy_.reset();
  }

  bool open();

  mail_result send(const composed_mail& x, steady_clock::time_point deadline);

private:
  static int on_debug(CURL*, curl_infotype what, char* data, size_t size, void* self);
  static size_t on_reply(char* data, size_t size, size_t count, void* self);
  static size_t on_read(char* to, size_t size, size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_close(void* self, curl_socket_t x);

  void break_connections(int how) noexcept {
    for (auto x : sockets_)
      ::shutdown(x, how);
  }

  bool set_constants();
  bool set_callbacks();
  bool set_mail(const composed_mail& x, curl_slist* recipients, steady_clock::time_point deadline);
  bool set_initial_response(bool on);
  /// Some servers require the initial response with AUTH, some reject it there.
  bool wants_plain_auth(CURLcode code) const;
  CURLcode attempt(const composed_mail& x, curl_slist* recipients,
                   steady_clock::time_point deadline, bool fresh);
  bool worth_a_new_connection(CURLcode code) const;
  bool stopping() const noexcept {
    return options_.stop != nullptr && options_.stop->load();
  }

  smtp_options options_;
  std::string url_;
  easy_ptr easy_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  /// Open sockets of libcurl.
  std::vector<curl_socket_t> sockets_;
  /// The initial response is sent with AUTH (RFC 4954 section 4).
  bool initial_response_ = true;
  smtp_dialogue dialogue_;
  steady_clock::time_point deadline_;
  std::string_view content_;
  size_t read_ = 0;
};

// Handle

bool smtp_transport::impl::open() {
  static const bool initialized = curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK;
  if (!initialized)
    return false;
  easy_.reset(curl_easy_init());
  const auto& server = options_.server;
  url_ = server.what == mail_target::kind::smtps ? "smtps://" : "smtp://";
  url_ += server.host.find(':') == std::string::npos ? server.host : '[' + server.host + ']';
  url_ += ':' + std::to_string(server.port) + '/' + options_.hello;
  return easy_ != nullptr && set_constants() && set_callbacks() && set_initial_response(true);
}

bool smtp_transport::impl::set_constants() {
  const auto& server = options_.server;
  auto lenient = server.what == mail_target::kind::smtp
                 && (options_.tls == smtp_tls::optional
                     || (options_.tls == smtp_tls::automatic && server.is_local()));
  auto verified = !lenient || !options_.ca_file.empty();
  option_setter to{easy_.get()};
  to.set(CURLOPT_URL, url_.c_str())
    .set(CURLOPT_ERRORBUFFER, detail_.data())
    .set(CURLOPT_NOSIGNAL, 1L)
    .set(CURLOPT_QUICK_EXIT, 1L)
    .set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    .set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED))
    // An empty name switches the environment's proxies off, too.
    .set(CURLOPT_PROXY, "")
    .set(CURLOPT_USE_SSL, static_cast<long>(lenient ? CURLUSESSL_TRY : CURLUSESSL_ALL))
    .set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
    .set(CURLOPT_SSL_VERIFYPEER, verified ? 1L : 0L)
    .set(CURLOPT_SSL_VERIFYHOST, verified ? 2L : 0L)
    .set(CURLOPT_TCP_KEEPALIVE, 1L)
    .set(CURLOPT_UPLOAD, 1L);
  // A user in the URL would appear in error texts.
  if (!server.user.empty())
    to.set(CURLOPT_USERNAME, server.user.c_str()).set(CURLOPT_PASSWORD, server.password.c_str());
  if (!options_.ca_file.empty())
    to.set(CURLOPT_CAINFO, options_.ca_file.c_str())
      .set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  return to.ok();
}

bool smtp_transport::impl::set_callbacks() {
  option_setter to{easy_.get()};
  to.set(CURLOPT_READFUNCTION, &impl::on_read)
    .set(CURLOPT_READDATA, static_cast<void*>(this))
    .set(CURLOPT_SEEKFUNCTION, &impl::on_seek)
    .set(CURLOPT_SEEKDATA, static_cast<void*>(this))
    // Only `on_debug` sees commands, and keeps their first word.
    .set(CURLOPT_VERBOSE, 1L)
    .set(CURLOPT_DEBUGFUNCTION, &impl::on_debug)
    .set(CURLOPT_DEBUGDATA, static_cast<void*>(this))
    // libcurl passes reply lines to the header callback.
    .set(CURLOPT_HEADERFUNCTION, &impl::on_reply)
    .set(CURLOPT_HEADERDATA, static_cast<void*>(this))
    .set(CURLOPT_NOPROGRESS, 0L)
    .set(CURLOPT_XFERINFOFUNCTION, &impl::on_progress)
    .set(CURLOPT_XFERINFODATA, static_cast<void*>(this))
    .set(CURLOPT_OPENSOCKETFUNCTION, &impl::on_open)
    .set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this))
    .set(CURLOPT_CLOSESOCKETFUNCTION, &impl::on_close)
    .set(CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
  return to.ok();
}

bool smtp_transport::impl::set_mail(const composed_mail& x, curl_slist* recipients,
                                    steady_clock::time_point deadline) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24};
  auto left = std::min(
    longest, std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()));
  // Zero would mean no deadline.
  auto total = std::max<long>(1, static_cast<long>(left.count()));
  auto connect = std::max<long>(1, static_cast<long>(options_.connect_deadline.count()));
  option_setter to{easy_.get()};
  to.set(CURLOPT_MAIL_FROM, x.from.c_str())
    // One refused recipient fails the mail: CURLOPT_MAIL_RCPT_ALLLOWFAILS stays off.
    .set(CURLOPT_MAIL_RCPT, recipients)
    .set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(x.content.size()))
    .set(CURLOPT_TIMEOUT_MS, total)
    .set(CURLOPT_CONNECTTIMEOUT_MS, std::min(connect, total));
  return to.ok();
}

bool smtp_transport::impl::set_initial_response(bool on) {
  initial_response_ = on;
  return curl_easy_setopt(easy_.get(), CURLOPT_SASL_IR, on ? 1L : 0L) == CURLE_OK;
}

bool smtp_transport::impl::wants_plain_auth(CURLcode code) const {
  const auto reply = dialogue_.code();
  return initial_response_ && !dialogue_.logged_in() && code == CURLE_LOGIN_DENIED
         && (reply == 500 || reply == 501 || reply == 504);
}

// Callbacks

int smtp_transport::impl::on_debug(CURL*, curl_infotype what, char* data, size_t size, void* self) {
  if (what == CURLINFO_HEADER_OUT)
    static_cast<impl*>(self)->dialogue_.command({data, size});
  return 0;
}

size_t smtp_transport::impl::on_reply(char* data, size_t size, size_t count, void* self) {
  // Returning a smaller number ends the connection.
  return static_cast<impl*>(self)->dialogue_.reply({data, size * count}) ? size * count : 0;
}

size_t smtp_transport::impl::on_read(char* to, size_t size, size_t count, void* self) {
  auto& me = *static_cast<impl*>(self);
  auto n = std::min(size * count, me.content_.size() - me.read_);
  std::memcpy(to, me.content_.data() + me.read_, n);
  me.read_ += n;
  return n;
}

int smtp_transport::impl::on_seek(void* self, curl_off_t offset, int origin) {
  auto& me = *static_cast<impl*>(self);
  if (origin != SEEK_SET || offset < 0 || static_cast<size_t>(offset) > me.content_.size())
    return CURL_SEEKFUNC_FAIL;
  me.read_ = static_cast<size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int smtp_transport::impl::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& me = *static_cast<impl*>(self);
  // The answer to a QUIT has a separate, long time limit.
  return me.stopping() || steady_clock::now() - std::chrono::seconds{1} > me.deadline_ ? 1 : 0;
}

curl_socket_t smtp_transport::impl::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  static_cast<impl*>(self)->dialogue_.connect();
  auto out = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (out < 0)
    return CURL_SOCKET_BAD;
  static_cast<impl*>(self)->sockets_.push_back(out);
  return out;
}

int smtp_transport::impl::on_close(void* self, curl_socket_t x) {
  std::erase(static_cast<impl*>(self)->sockets_, x);
  return ::close(x);
}

// Sending

CURLcode smtp_transport::impl::attempt(const composed_mail& x, curl_slist* recipients,
                                       steady_clock::time_point deadline, bool fresh) {
  content_ = x.content;
  read_ = 0;
  dialogue_.begin();
  deadline_ = deadline;
  detail_[0] = '\0';
  if (!set_mail(x, recipients, deadline)
      || curl_easy_setopt(easy_.get(), CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L) != CURLE_OK)
    return CURLE_OUT_OF_MEMORY;
  auto code = curl_easy_perform(easy_.get());
  // After a missing answer to a mail, libcurl would reuse the connection for the next one, and
  // mistake the late answer for that one's.
  if (code != CURLE_OK)
    break_connections(SHUT_RDWR);
  return code;
}

/// The server, or a device in between, ended a connection that waited for this mail.
bool smtp_transport::impl::worth_a_new_connection(CURLcode code) const {
  if (code == CURLE_OK || code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK
      || code == CURLE_OUT_OF_MEMORY || dialogue_.data_begun() || dialogue_.without_login())
    return false;
  long opened = 1;
  curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &opened);
  return opened == 0 && (dialogue_.code() < 400 || dialogue_.code() == 421);
}

mail_result smtp_transport::impl::send(const composed_mail& x, steady_clock::time_point deadline) {
  if (steady_clock::now() >= deadline)
    return mail_result::temporary("there was no time left to send it");
  if (stopping())
    return mail_result::unavailable("given up, because the node stops");
  if (options_.may_send && !options_.may_send())
    return mail_result::unavailable("the node may call nobody now, see docs/cluster.md");
  // A line break in an address would begin another command.
  auto bad = std::find_if_not(x.recipients.begin(), x.recipients.end(), is_mail_address);
  if (x.recipients.empty() || bad != x.recipients.end() || !is_mail_address(x.from))
    return mail_result::permanent("a malformed address in the envelope");
  slist_ptr recipients;
  for (const auto& to : x.recipients)
    if (!append(recipients, to))
      return mail_result::temporary("out of memory");
  auto code = attempt(x, recipients.get(), deadline, false);
  if (wants_plain_auth(code) && set_initial_response(false))
    code = attempt(x, recipients.get(), deadline, true);
  if (worth_a_new_connection(code) && steady_clock::now() < deadline)
    code = attempt(x, recipients.get(), deadline, true);
  auto out = verdict_of(dialogue_, {code, detail_.data(), stopping()}, options_.server);
  // The list is freed before the handle.
  curl_easy_setopt(easy_.get(), CURLOPT_MAIL_RCPT, static_cast<curl_slist*>(nullptr));
  content_ = {};
  return out;
}

// The transport

smtp_transport::smtp_transport(std::unique_ptr<impl> x) : impl_(std::move(x)) {
}

smtp_transport::~smtp_transport() = default;

expected<std::unique_ptr<smtp_transport>> smtp_transport::make(smtp_options options) {
  if (options.server.what == mail_target::kind::directory)
    return failure{ec::invalid_argument, "mail to a directory needs no server", "mail"};
  if (!options.hello.empty() && !is_mail_domain(options.hello))
    return failure{ec::invalid_argument, "the name for the mail server's greeting is no host name",
                   "mail"};
  auto out = std::make_unique<impl>(std::move(options));
  if (!out->open())
    return failure{ec::internal, "libcurl cannot send mail here", {}};
  return std::unique_ptr<smtp_transport>{new smtp_transport{std::move(out)}};
}

mail_result smtp_transport::send(const composed_mail& x,
                                 std::chrono::steady_clock::time_point deadline) {
  return impl_->send(x, deadline);
}

} // namespace carillon
