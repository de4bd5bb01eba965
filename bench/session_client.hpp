#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::bench {

/// How a crowd publishes, on a connection of its own, beside its clients.
enum class publishing : uint8_t {
  /// `POST /api/events`, with an answer to each.
  http,
  /// Text frames of a WebSocket.
  websocket,
};

struct crowd_options {
  uint16_t port = 0;
  size_t sessions = 0;
  std::string target = "/ws";
  /// Handshakes under way at a time.
  size_t opening = 256;
  /// The server greets with a text frame; a session is open once it has arrived.
  bool greeted = true;
  publishing by = publishing::http;
};

/// Clients of a server of WebSockets on loopback, on the caller's thread. They read the headers of
/// frames and the first bytes of payloads, enough to count the events; nothing is parsed. If the
/// server closes a session, the program ends.
class session_crowd {
public:
  using clock = std::chrono::steady_clock;

  explicit session_crowd(crowd_options options);
  session_crowd(const session_crowd&) = delete;
  session_crowd& operator=(const session_crowd&) = delete;
  ~session_crowd();

  /// Called after each read that completed events: the session's number of events before and after.
  std::function<void(size_t session, uint64_t before, uint64_t now)> on_events
    = [](size_t, uint64_t, uint64_t) {};
  /// Called for each `position` frame.
  std::function<void(size_t session)> on_position = [](size_t) {};

  /// Starts to open the sessions.
  void open();

  size_t opened() const noexcept {
    return opened_;
  }

  /// Sends a text message, masked.
  void say(size_t index, std::string_view text);

  /// Publishes: a whole body, or a payload.
  void publish(std::string_view what);

  /// Answered publications; over a WebSocket there are no answers.
  uint64_t answered() const noexcept {
    return answered_;
  }

  /// Serves the connections until `done`, or until the time is up; returns whether it was done.
  bool run(const std::function<bool()>& done, double seconds);

  /// Events that a session has.
  uint64_t events(size_t index) const {
    return sessions_.at(index).events;
  }

  /// The payload of the first event that the first session received.
  const std::string& sample() const noexcept {
    return sample_;
  }

private:
  enum class phase : uint8_t { closed, connecting, upgrading, greeting, open };

  /// Bytes of a frame that are read: its header, and enough to distinguish an `op`.
  static constexpr size_t head_bytes = 10 + 9;

  struct session {
    int fd = -1;
    phase at = phase::closed;
    uint8_t held_bytes = 0;
    /// The incomplete begin of a frame.
    std::array<char, head_bytes> held{};
    /// Bytes of a frame's payload that are still to come.
    uint64_t payload = 0;
    bool is_event = false;
    uint64_t events = 0;
  };

  int connect_one(bool blocking) const;
  void open_more();
  void serve(size_t index, uint32_t ready);
  void read(size_t index);
  size_t read_answer(session& x, std::string_view bytes);
  void read_frames(size_t index, std::string_view bytes);
  size_t begin_frame(size_t index, std::string_view bytes);
  void end_frame(session& x);
  void now_open(session& x);
  void open_publisher();
  void write_publisher();
  void read_publisher();

  crowd_options options_;
  int epoll_ = -1;
  std::vector<session> sessions_;
  std::vector<char> buffer_;
  size_t begun_ = 0;
  size_t opened_ = 0;
  int publisher_ = -1;
  std::string out_;
  size_t written_ = 0;
  std::string in_;
  uint64_t answered_ = 0;
  std::string sample_;
};

/// A frame of a client with this text (RFC 6455 section 5.2).
std::string masked_frame(std::string_view text);

} // namespace carillon::bench
