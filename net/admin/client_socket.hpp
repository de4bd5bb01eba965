#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::admin {

/// One accepted connection with a deadline on whatever waits. Owned by one thread;
/// the destructor closes.
class client_socket {
public:
  using time_point = std::chrono::steady_clock::time_point;

  enum class outcome { ready, ended, expired };

  /// @param wake a descriptor that becomes readable when the port stops: reading ends
  client_socket(int socket, int wake) noexcept : socket_(socket), wake_(wake) {
  }
  client_socket(const client_socket&) = delete;
  client_socket& operator=(const client_socket&) = delete;
  ~client_socket();

  /// Appends what arrives, at most `most` bytes.
  outcome read(std::string& out, size_t most, time_point deadline) const;

  /// Sends all of it; false if the client has gone or does not take it in time.
  bool write(std::string_view bytes, time_point deadline) const;

  /// Sends what goes and reads over what came, both without waiting.
  void turn_away(std::string_view bytes) const noexcept;

  /// Ends the answer and reads over what the client still sends, for a moment: closing
  /// with unread input would reset the connection and could take the answer with it.
  void finish() const;

  /// Address of the peer, without port; IPv4 in its own form.
  std::string remote_address() const;

  int descriptor() const noexcept {
    return socket_;
  }

private:
  outcome wait(short events, time_point deadline, bool wakes) const;

  int socket_;
  int wake_;
};

} // namespace carillon::admin
