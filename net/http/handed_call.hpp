#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace carillon::data {

/// A complete answer.
struct whole_answer {
  int status = 200;
  std::string body = {};
  std::string media_type = "application/json";
  /// Further whole lines of the header.
  std::string fields = {};
  /// Called once, from any thread, if the answer is not handed to the socket as a whole: the client
  /// is gone, or was told before that there is no answer in time. Empty = nobody needs to know.
  std::function<void()> unsent = {};
};

/// A request that is served outside of its loop. Made when the header is judged, so it copies the
/// parts that it needs.
class handed_call {
public:
  /// Called at most once, from any thread.
  using reply = std::function<void(whole_answer)>;

  virtual ~handed_call() = default;

  /// Serves the complete request. Must not block.
  /// @param body valid during the call
  /// @param remote address of the client
  /// @param deadline after which the answer is not awaited any more
  virtual void serve(std::string_view body, std::string remote,
                     std::chrono::steady_clock::time_point deadline, reply to)
    = 0;

  /// The client is gone, or has closed its sending side, before there was an answer: work that only
  /// the answer needs may end. Called at most once, after `serve`, on its thread. Must not block.
  virtual void cancel() {
  }
};

} // namespace carillon::data
