#pragma once

#include "net/http/answers.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::data {

class handed_call;

/// A request and, once known, its answer.
struct answer_slot {
  using time_point = std::chrono::steady_clock::time_point;

  /// When it is answered in any case.
  time_point deadline;
  /// Events of it that count in the bound of a connection.
  size_t items = 1;
  /// The connection is closed after the answer.
  bool close = false;
  bool keep_alive_10 = false;
  bool head_only = false;
  /// Events may have been stored although there is no answer.
  bool publishes = false;
  /// Lines of every answer to it.
  std::string fields = {};
  bool done = false;
  std::string text = {};
  /// Serves it, until it has its answer or was cancelled; null if nothing does outside of the loop.
  std::shared_ptr<handed_call> call = {};
  /// Its client is gone.
  bool cancelled = false;

  answer_style style(std::string_view date) const noexcept {
    return {close, keep_alive_10, head_only, date, fields};
  }
};

/// The requests of a connection that wait for their answers. Answers may come in any order, and
/// leave in the order of the requests. Plain logic.
class answer_queue {
public:
  using time_point = answer_slot::time_point;

  /// The number of the request.
  uint64_t push(answer_slot x);

  /// The number of the next request.
  uint64_t next() const noexcept {
    return first_ + size();
  }

  /// Answers a request; nothing happens if it has its answer already.
  /// @param out gets the answers that may leave now
  /// @param write appends the answer: `void (std::string&, const answer_style&)`
  /// @returns true if answers were added to `out`
  template <class Write>
  bool answer(uint64_t request, std::string& out, std::string_view date, Write&& write) {
    auto* x = unanswered(request);
    if (x == nullptr)
      return false;
    // Earlier answers are written already, so the slot is not needed.
    auto is_first = request == first_;
    write(is_first ? out : x->text, x->style(date));
    x->done = true;
    x->call = nullptr;
    if (is_first)
      retire(out);
    return is_first;
  }

  /// A request that has no answer by now; empty if there is none.
  std::optional<uint64_t> late(time_point now) const noexcept;

  /// Null if it has its answer.
  answer_slot* unanswered(uint64_t request) noexcept;

  /// True once its answer has left, and those of all before it.
  bool has_left(uint64_t request) const noexcept {
    return request < first_;
  }

  /// True while a call serves a request.
  bool has_calls() const noexcept;

  /// Takes the calls that serve requests; the requests count as cancelled.
  std::vector<std::shared_ptr<handed_call>> cancel();

  /// The latest request says `Connection: close`; there must be one.
  void close_last() noexcept {
    slots_.back().close = true;
  }

  /// True once an answer left after which the connection is closed.
  bool closes() const noexcept {
    return closes_;
  }

  bool empty() const noexcept {
    return size() == 0;
  }

  size_t size() const noexcept {
    return slots_.size() - head_;
  }

  /// Events of all that wait.
  size_t items() const noexcept {
    return items_;
  }

private:
  void retire(std::string& out);

  /// `slots_[head_]` is number `first_`.
  std::vector<answer_slot> slots_;
  size_t head_ = 0;
  uint64_t first_ = 0;
  size_t items_ = 0;
  bool closes_ = false;
};

} // namespace carillon::data
