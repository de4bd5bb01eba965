#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

namespace carillon {

/// Reports to the process why the engine ended. Actors may end after the engine is gone, so they
/// share it. Thread-safe.
class fault_line {
public:
  /// Tells the listener of the first fault, or keeps it until there is a listener. Later faults,
  /// which the first one may have caused, and those after `close` are dropped.
  /// @param superseded another node has the store: nothing more can be written
  void tell(std::string reason, bool superseded = false);

  void listen(std::function<void(std::string)> fn);

  /// From now on actors end by request.
  void close();

  /// Somebody has said so, before `close` or since.
  bool superseded() const noexcept {
    return superseded_;
  }

private:
  std::mutex mutex_;
  std::function<void(std::string)> listener_;
  std::string untold_;
  bool told_ = false;
  bool closed_ = false;
  std::atomic<bool> superseded_{false};
};

} // namespace carillon
