#include "node/engine/fault_line.hpp"

#include <utility>

namespace carillon {

void fault_line::tell(std::string reason, bool superseded) {
  if (superseded)
    superseded_ = true;
  std::unique_lock guard{mutex_};
  if (closed_ || std::exchange(told_, true))
    return;
  auto tell = listener_;
  if (!tell)
    untold_ = reason;
  guard.unlock();
  if (tell)
    tell(std::move(reason));
}

void fault_line::listen(std::function<void(std::string)> fn) {
  std::unique_lock guard{mutex_};
  listener_ = fn;
  auto untold = std::exchange(untold_, {});
  guard.unlock();
  if (fn && !untold.empty())
    fn(std::move(untold));
}

void fault_line::close() {
  std::lock_guard guard{mutex_};
  closed_ = true;
}

} // namespace carillon
