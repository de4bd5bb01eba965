#include "net/data/sessions/frame_reader.hpp"

#include "base/text/utf8.hpp"
#include "net/data/sessions/frames.hpp"

#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace carillon::sessions {

namespace {

/// Status codes of RFC 6455 section 7.4.1.
constexpr uint16_t unsupported_data = 1003;
constexpr uint16_t protocol_error = 1002;
constexpr uint16_t invalid_text = 1007;

std::string close_frame(uint16_t code) {
  std::string out;
  append_frame_header(out, WSLAY_CONNECTION_CLOSE, 2);
  out += static_cast<char>(code >> 8);
  out += static_cast<char>(code & 0xff);
  return out;
}

/// Fault in the payload of a close that wslay accepts; 0 = none. wslay treats half a code as none,
/// and checks the text only if it arrives in one piece (sections 5.5.1, 8.1).
uint16_t fault_of_close(std::string_view payload) {
  if (payload.size() == 1)
    return protocol_error;
  return payload.size() > 2 && !is_utf8(payload.substr(2)) ? invalid_text : 0;
}

/// Bytes of a masked frame on the wire.
uint64_t wire_bytes(uint64_t payload) noexcept {
  constexpr uint64_t base = 2 + 4;
  if (payload < 126)
    return base + payload;
  return base + (payload <= 0xffff ? 2 : 8) + payload;
}

} // namespace

/// wslay's context, which lives while a message or frame is incomplete.
class frame_reader::machine {
public:
  explicit machine(frame_reader& owner) : owner_(owner) {
    wslay_event_callbacks callbacks{};
    callbacks.recv_callback = [](auto*, uint8_t* to, size_t size, int, void* self) {
      return static_cast<machine*>(self)->give(to, size);
    };
    callbacks.send_callback = [](auto*, const uint8_t* from, size_t size, int, void* self) {
      static_cast<machine*>(self)->answer_.append(reinterpret_cast<const char*>(from), size);
      return static_cast<ssize_t>(size);
    };
    callbacks.on_frame_recv_start_callback
      = [](auto*, const auto* arg, void* self) { static_cast<machine*>(self)->on_frame(*arg); };
    callbacks.on_msg_recv_callback = [](auto* context, const auto* arg, void* self) {
      static_cast<machine*>(self)->on_message(context, *arg);
    };
    if (wslay_event_context_server_init(&context_, &callbacks, this) != 0)
      throw std::bad_alloc{};
    wslay_event_config_set_max_recv_msg_length(context_, owner.max_message_bytes_);
  }

  machine(const machine&) = delete;
  machine& operator=(const machine&) = delete;

  ~machine() {
    wslay_event_context_free(context_);
  }

  /// False if the connection ends.
  bool feed(std::string_view bytes) {
    left_ = bytes;
    fed_ += bytes.size();
    if (wslay_event_recv(context_) != 0)
      fault_ = protocol_error;
    auto failed = fault_ != 0;
    if (failed)
      // wslay's own close would have no code, or echo the invalid payload.
      answer_ = close_frame(fault_);
    else
      failed = wslay_event_want_write(context_) != 0 && wslay_event_send(context_) != 0;
    if (!answer_.empty() && !owner_.closing_)
      owner_.to_.on_answer(std::exchange(answer_, {}));
    answer_.clear();
    if (failed)
      owner_.code_ = fault_ != 0 ? fault_ : protocol_error;
    else if (wslay_event_get_close_received(context_) == 0
             && wslay_event_get_close_sent(context_) != 0)
      owner_.code_ = wslay_event_get_status_code_sent(context_);
    return !failed && wslay_event_get_read_enabled(context_) != 0
           && wslay_event_get_close_received(context_) == 0
           && wslay_event_get_close_sent(context_) == 0;
  }

  /// True if no part of a frame or message is held.
  bool idle() const noexcept {
    return !fragmented_ && fed_ == framed_;
  }

private:
  ssize_t give(uint8_t* to, size_t size) {
    auto count = std::min(size, left_.size());
    if (count == 0) {
      wslay_event_set_error(context_, WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
    std::memcpy(to, left_.data(), count);
    left_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }

  void on_frame(const wslay_event_on_frame_recv_start_arg& x) {
    framed_ += wire_bytes(x.payload_length);
    if (!wslay_is_ctrl_frame(x.opcode))
      fragmented_ = x.fin == 0;
  }

  void on_message(wslay_event_context_ptr context, const wslay_event_on_msg_recv_arg& x) {
    switch (x.opcode) {
    case WSLAY_TEXT_FRAME:
      if (!owner_.closing_)
        owner_.to_.on_text({reinterpret_cast<const char*>(x.msg), x.msg_length});
      break;
    case WSLAY_CONNECTION_CLOSE:
      fault_ = fault_of_close({reinterpret_cast<const char*>(x.msg), x.msg_length});
      break;
    case WSLAY_BINARY_FRAME:
      wslay_event_queue_close(context, unsupported_data, nullptr, 0);
      // Otherwise later frames in the same bytes would be delivered.
      wslay_event_shutdown_read(context);
      break;
    default:
      break;
    }
  }

  frame_reader& owner_;
  wslay_event_context_ptr context_ = nullptr;
  std::string_view left_;
  std::string answer_;
  uint64_t fed_ = 0;
  uint64_t framed_ = 0;
  bool fragmented_ = false;
  /// The code of the close that ends the connection; 0 = no fault.
  uint16_t fault_ = 0;
};

frame_reader::frame_reader(handler to, size_t max_message_bytes)
  : to_(std::move(to)), max_message_bytes_(max_message_bytes) {
}

frame_reader::~frame_reader() = default;

frame_reader::state frame_reader::feed(std::string_view bytes) {
  if (ended_ || bytes.empty())
    return ended_ ? state::ended : state::open;
  if (!machine_)
    machine_ = std::make_unique<machine>(*this);
  ended_ = !machine_->feed(bytes);
  if (ended_ || machine_->idle())
    machine_.reset();
  return ended_ ? state::ended : state::open;
}

} // namespace carillon::sessions
