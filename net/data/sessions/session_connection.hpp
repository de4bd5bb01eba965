#pragma once

#include "messages/sessions/link.hpp"
#include "net/data/event_loop.hpp"
#include "net/data/sessions/frame_reader.hpp"
#include "net/data/sessions/outbox.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace carillon::sessions {

using tcp = boost::asio::ip::tcp;

/// The connection of a session, after its handshake. Lives on its loop's thread, except for the
/// methods of `session_link`, which leave their data in the mailbox and wake the loop.
class session_connection final : public session_link,
                                 public data::loop_tenant,
                                 public std::enable_shared_from_this<session_connection> {
public:
  session_connection(data::event_loop& loop, tcp::socket socket, session_wire wire);
  ~session_connection() override;

  // -- on the loop --------------------------------------------------------------

  /// Beginning of the answer to the handshake.
  struct opening {
    /// Bytes to be sent before it.
    std::string pending;
    /// The head of the answer. The head of a stream waits for the first data: until then the answer
    /// may still be a rejection.
    std::string head;
    /// Further whole lines for the head of a rejection.
    std::string refusal_fields;
  };

  /// @param early bytes that the client sent after its request
  void start(opening answer, std::string_view early);

  /// Sends ready bytes, and reads if allowed.
  void flush() override;

  void sweep(data::steady_time now) override;
  /// With 1001.
  void close() override;
  void terminate() override;

  // -- of any thread ------------------------------------------------------------

  void bind(std::shared_ptr<session_peer> peer) override;
  session_wire wire() const noexcept override {
    return wire_;
  }
  bool send(const live_segment_ptr& x, size_t first, size_t last) override;
  void say(std::string_view kind, std::string_view json) override;
  void report(position x) override;
  void took() override;
  void refuse(const failure& why, session_close code, position resume) override;
  void close(session_close why, position resume) override;

private:
  /// Text messages that may wait for the session.
  static constexpr size_t most_untaken = 16;

  struct end {
    session_close why = session_close::normal;
    position resume = 0;
    /// The answer is a rejection, and complete.
    bool refused = false;
  };

  /// Data left by other threads.
  struct mailbox {
    std::vector<outbox::item> items;
    std::shared_ptr<session_peer> peer;
    std::optional<end> ending;
    /// Opening of a stream that has not begun.
    std::optional<opening> unopened;
    /// Unsent bytes, including those in the outbox.
    size_t unsent = 0;
    /// Text messages that the session has not handled.
    size_t untaken = 0;
    /// Text frames that the loop has not counted.
    size_t frames = 0;
    bool wants_writable = false;
    bool woken = false;
    bool closed = false;
  };

  void wake(std::unique_lock<std::mutex> lock);
  /// @param frames number of text frames in it
  void leave(std::string what, size_t frames);
  void put(std::string what);
  void begin_stream();
  /// Counts its end, once: as that of a session, or as a rejection if none has begun.
  void count_end(uint16_t code);
  void begin_end(const end& x);
  bool write();
  void await_writable();
  void count_sent(size_t bytes);
  bool may_read();
  void await_readable();
  void on_readable();
  void take(std::string_view bytes);
  const session_port_options& options() const noexcept;

  data::event_loop& loop_;
  std::weak_ptr<data::event_loop> home_;
  tcp::socket socket_;
  const session_wire wire_;
  const size_t budget_;
  outbox out_;
  std::optional<frame_reader> reader_;
  std::string early_;
  data::steady_time opened_;
  data::steady_time alive_;
  data::steady_time pinged_;
  data::steady_time ends_at_;
  bool ending_ = false;
  bool end_counted_ = false;
  bool close_when_sent_ = false;
  bool writing_ = false;
  bool reading_ = false;
  bool closed_ = false;

  std::mutex mutex_;
  mailbox mail_;
};

} // namespace carillon::sessions
