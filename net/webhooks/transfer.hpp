#pragma once

#include "base/curl_handle.hpp"
#include "net/webhooks/fault_text.hpp"
#include "net/webhooks/http_client.hpp"
#include "net/webhooks/pending_request.hpp"
#include "net/webhooks/target.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace carillon::http {

/// State shared by all transfers of a client; outlives them.
struct transfer_setup {
  const http_client_options* options = nullptr;
  target_rules rules;
  /// Of `http_client_options::resolve`.
  const curl_slist* resolve = nullptr;
};

/// One exchange at a time on one reused handle of libcurl. On the client's thread only.
class transfer {
public:
  explicit transfer(const transfer_setup& setup) : setup_(setup) {
  }

  transfer(const transfer&) = delete;
  transfer& operator=(const transfer&) = delete;

  /// Makes the handle; false if that is not possible.
  bool open();

  /// Starts the request. False without memory for it; the request is kept nevertheless.
  bool begin(pending_request_ptr x);

  /// The outcome, after libcurl reported the end.
  http_response_ptr finish(CURLcode code);

  /// The head arrived so long ago that the rest of the body is not awaited.
  bool is_body_late(steady_clock::time_point now) const noexcept;

  /// The reused connection leads to an address that this request may not call. Retry once with a
  /// new one.
  bool wants_new_connection() const noexcept {
    return reuse_refused_;
  }

  /// The same request again, over a new connection. False without memory for it.
  bool begin_anew();

  /// The request, once.
  pending_request_ptr take_pending() {
    return std::move(pending_);
  }

  CURL* easy() const noexcept {
    return easy_.get();
  }

private:
  static size_t on_header(char* data, size_t size, size_t count, void* self);
  static size_t on_body(char* data, size_t size, size_t count, void* self);
  static CURLcode on_tls(CURL* easy, void* context, void* self);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_connection(void* self, char* remote, char* local, int remote_port, int local_port);

  bool set_constants();
  bool set_headers();
  bool take_head(std::string_view line);
  void take_status(std::string_view line);
  void take_field(std::string_view line);
  bool take_body(std::string_view bytes);
  void measure();
  void judge(CURLcode code);
  fault_and_text explain_end(CURLcode code) const;
  bool may_call(const sockaddr* address) const;

  bool connected() const noexcept;
  long info(CURLINFO which) const noexcept;
  double millis(CURLINFO which) const noexcept;

  const transfer_setup& setup_;
  easy_ptr easy_;
  slist_ptr headers_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  pending_request_ptr pending_;
  std::shared_ptr<http_response> out_;
  /// Time from send() to begin().
  double waited_ms_ = 0.0;
  /// Time from send() to the begin of the TLS handshake, negative before it.
  double tls_begun_ms_ = -1.0;
  size_t head_bytes_ = 0;
  size_t body_bytes_ = 0;
  size_t refused_ = 0;
  size_t opened_ = 0;
  int status_ = 0;
  bool within_head_ = false;
  bool head_done_ = false;
  bool head_too_large_ = false;
  bool switched_ = false;
  bool body_cut_ = false;
  bool no_socket_ = false;
  bool reuse_refused_ = false;
  bool anew_ = false;
  steady_clock::time_point head_done_at_;
};

} // namespace carillon::http
