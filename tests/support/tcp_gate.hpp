#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace carillon::test {

/// A proxy between a client and a server on loopback that cuts connections on request.
class tcp_gate {
public:
  explicit tcp_gate(uint16_t server);
  tcp_gate(const tcp_gate&) = delete;
  tcp_gate& operator=(const tcp_gate&) = delete;
  ~tcp_gate();

  uint16_t port() const noexcept {
    return port_;
  }

  /// Ends the next connection on which the client sends this text: before the text reaches the
  /// server, or after the server has answered and before the client sees the answer.
  /// @param then_closed rejects new connections from then on, until `open`
  void cut_at(std::string text, bool answered, bool then_closed = false);

  /// Holds a connection on which the client sends this text: from there on nothing passes, and both
  /// ends stay open, until `open`.
  void hold_at(std::string text);

  /// Ends all open connections.
  void cut_all() {
    ++epoch_;
  }

  void open() {
    closed_ = false;
    held_ = false;
  }

  bool holds() const noexcept {
    return held_;
  }

  /// Number of holds.
  unsigned held_count() const noexcept {
    return held_count_;
  }

  /// Number of cuts.
  unsigned cuts() const noexcept {
    return cuts_;
  }

private:
  void accept_all();
  void serve(int client);
  enum class deed { pass, cut, cut_answer, hold };
  /// The action for bytes from a client.
  deed take_deed(std::string_view bytes);
  void wait_while_held() const;

  uint16_t server_;
  uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> stop_{false};
  std::atomic<unsigned> cuts_{0};
  std::atomic<bool> closed_{false};
  std::atomic<bool> held_{false};
  std::atomic<unsigned> held_count_{0};
  std::atomic<unsigned> epoch_{0};
  std::mutex mutex_;
  std::string text_;
  bool answered_ = false;
  bool then_closed_ = false;
  bool then_held_ = false;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

} // namespace carillon::test
