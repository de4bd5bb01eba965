#pragma once

#include "messages/sessions/link.hpp"
#include "net/data/event_loop.hpp"
#include "net/data/sessions/frame_reader.hpp"
#include "net/data/sessions/outbox.hpp"
#include "net/data/sessions/session_mailbox.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace carillon::sessions {

/// The connection of a session, after its handshake. Lives on its loop's thread, except for the
/// methods of `session_link`, which leave their data in the mailbox.
class session_connection final : public session_link,
                                 public data::loop_tenant,
                                 public std::enable_shared_from_this<session_connection> {
public:
  /// @param budget most unsent bytes of events
  session_connection(data::event_loop& loop, data::wire socket, session_wire wire, size_t budget);
  ~session_connection() override;

  // -- on the loop --------------------------------------------------------------

  /// Beginning of the answer to the handshake.
  struct opening {
    /// Bytes to be sent before it.
    std::string pending;
    /// See `session_mailbox::stream_opening`.
    std::string head;
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

  void bind(std::shared_ptr<session_peer> peer) override {
    mail_.bind(std::move(peer));
  }
  session_wire wire() const noexcept override {
    return wire_;
  }
  bool send(const live_segment_ptr& x, size_t first, size_t last) override;
  void say(std::string_view kind, std::string_view json) override;
  void report(position x, std::string_view bookmark) override;
  void took() override {
    mail_.took();
  }
  void refuse(const failure& why, session_close code, position resume) override {
    mail_.refuse(why, code, resume);
  }
  void close(session_close why, position resume) override {
    mail_.close(why, resume);
  }

private:
  void wake();
  /// Counts its end, once: as that of a session, or as a rejection if none has begun.
  void count_end(uint16_t code);
  void begin_end(const session_mailbox::end& x);
  bool write();
  bool has_unsent() const noexcept {
    return !out_.empty() || socket_.holds();
  }
  void await_writable();
  void count_sent(size_t bytes);
  bool may_read();
  void await_readable();
  void on_readable();
  void take(std::string_view bytes);
  const session_port_options& options() const noexcept;

  data::event_loop& loop_;
  std::weak_ptr<data::event_loop> home_;
  data::wire socket_;
  const session_wire wire_;
  session_mailbox mail_;
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
};

} // namespace carillon::sessions
