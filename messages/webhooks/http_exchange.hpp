#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon {

/// A request for the HTTP client: one call of a webhook's receiver.
struct http_request {
  /// `https://…`, or `http://…` where the client's options allow it.
  std::string url;
  /// Sent in this order, names as given; values hold no control characters.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Sent as it is.
  std::shared_ptr<const std::string> body;
  /// From the request to the end of the answer, waiting for a connection included.
  std::chrono::milliseconds total_deadline{15'000};
  std::chrono::milliseconds connect_deadline{5'000};
  /// Within a host's limit senders have fair shares. 0 = no particular sender.
  uint64_t sender = 0;
  /// Company whose share of all connections it counts against; empty = the operator's own.
  std::string company;
  /// May go to addresses that the operator permits although they are not public.
  bool private_targets = false;
};

/// Why there was no HTTP answer, or not its whole head.
enum class http_fault : uint8_t {
  none,
  /// The URL may not be called.
  url,
  /// The host has no address.
  dns,
  /// No address of the host may be called, see the address guard.
  address_refused,
  /// Connection refused, or broken before a byte of the answer.
  connect,
  /// The handshake failed, or the certificate is not valid for the host.
  tls,
  /// A deadline passed.
  timeout,
  /// The answer is not HTTP, or broke off.
  protocol,
  /// The head is beyond its limit.
  too_large,
  /// The webhook's template could not be filled in; nothing was sent.
  message,
  /// The client is stopping or overloaded; nothing was sent.
  not_sent,
};

/// Stable snake_case text, as the API shows it; empty for `none`.
std::string_view to_string(http_fault x) noexcept;

/// True for `dns` and `address_refused`: the difference would tell an untrusted client which names
/// exist in the network of the node. Operators see it; all others see `unreachable`, without times
/// and texts.
bool tells_of_network(http_fault x) noexcept;

inline constexpr std::string_view unreachable = "unreachable";
inline constexpr std::string_view unreachable_text = "the host has no address that may be called";

/// Time since the begin of the request at which a phase ended; negative if it was not reached,
/// zero if it was not needed (a connection that is used again).
struct http_phases {
  double dns_ms = -1.0;
  double connect_ms = -1.0;
  double tls_ms = -1.0;
  double first_byte_ms = -1.0;
  double total_ms = 0.0;
};

/// The outcome of an `http_request`.
struct http_response {
  http_fault fault = http_fault::none;
  /// For operators, without control characters, at most 300 bytes. Without a fault: an error in the
  /// body, which does not change the status; empty if there was none.
  std::string error;
  /// 200–599, of the final answer; 0 if its head did not come whole.
  int status = 0;
  /// Of `Retry-After`, as it came; empty if there was none.
  std::string retry_after;
  /// The beginning of the body, at most 8 KiB, as it came.
  std::string body;
  /// Address and port that were connected to; empty if none.
  std::string remote_address;
  http_phases phases;
};

using http_response_ptr = std::shared_ptr<const http_response>;

} // namespace carillon
