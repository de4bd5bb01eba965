#pragma once

#include "net/data/answer_queue.hpp"
#include "net/http/handed_call.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace carillon::data {

/// The calls that serve requests of a connection, and who is to be told if their answers are not
/// sent. Plain logic, on the thread of the connection's loop.
class served_calls {
public:
  /// What to do with the answer of a call.
  enum class verdict : uint8_t {
    send,
    /// The client has closed its side since, and the call was told that nothing is sent: the
    /// request is to be refused.
    refuse,
    /// The request has its answer already.
    drop,
  };

  /// @param answers outlives this
  explicit served_calls(answer_queue& answers) : answers_(answers) {
  }

  /// A call serves a request without an answer from now on.
  void add(uint64_t request, std::shared_ptr<handed_call> x);

  /// A call has answered. Takes `unsent`, and tells it now if the answer is not to be sent.
  verdict take(uint64_t request, whole_answer& x);

  /// The client sends nothing more: the calls are told.
  void cancel();

  /// The socket has taken all answers that have left the queue.
  void all_sent();

  /// The connection ends: what was not sent is lost.
  void lose();

  /// True while no call serves a request.
  bool empty() const noexcept {
    return !answers_.has_calls();
  }

private:
  answer_queue& answers_;
  /// By requests.
  std::vector<std::pair<uint64_t, std::function<void()>>> unsent_;
};

} // namespace carillon::data
