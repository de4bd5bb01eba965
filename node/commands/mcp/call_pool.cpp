#include "node/commands/mcp/call_pool.hpp"

#include <utility>

namespace carillon::commands::mcp {

call_pool::call_pool(size_t most_bytes, callback done)
  : most_bytes_(most_bytes), done_(std::move(done)) {
}

expected<std::unique_ptr<call_pool>> call_pool::make(const connection_options& options,
                                                     size_t most_bytes, callback done) {
  std::unique_ptr<call_pool> out{new call_pool{most_bytes, std::move(done)}};
  for (size_t i = 0; i < threads; ++i) {
    auto client = api_client::make(options);
    if (!client)
      return client.error();
    out->clients_.push_back(std::move(*client));
  }
  for (auto& client : out->clients_)
    out->threads_.emplace_back([pool = out.get(), &client] { pool->run(client); });
  return out;
}

call_pool::~call_pool() {
  {
    std::lock_guard lock{mutex_};
    stopped_ = true;
    for (auto& [id, x] : calls_) {
      x.cancelled = true;
      if (x.by != nullptr)
        x.by->cancel();
    }
  }
  changed_.notify_all();
  for (auto& x : threads_)
    x.join();
}

bool call_pool::begin(const std::string& id, tool_call call) {
  {
    std::lock_guard lock{mutex_};
    if (calls_.size() >= most_calls || !calls_.try_emplace(id, entry{std::move(call)}).second)
      return false;
    waiting_.push_back(id);
  }
  changed_.notify_all();
  return true;
}

void call_pool::cancel(const std::string& id) {
  std::lock_guard lock{mutex_};
  const auto found = calls_.find(id);
  if (found == calls_.end())
    return;
  found->second.cancelled = true;
  if (found->second.by != nullptr)
    found->second.by->cancel();
}

void call_pool::finish() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return calls_.empty() && answering_ == 0; });
}

void call_pool::run(api_client& client) {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [&] { return stopped_ || !waiting_.empty(); });
    if (stopped_)
      return;
    const auto id = std::move(waiting_.front());
    waiting_.pop_front();
    auto& own = calls_.at(id);
    bool cancelled = own.cancelled;
    result x{failure{}, false};
    if (!cancelled) {
      own.by = &client;
      const auto call = std::move(own.what);
      lock.unlock();
      x.answer = client.call(call.method, call.target, call.body, most_bytes_, x.is_cut);
      lock.lock();
      cancelled = own.cancelled;
    }
    // Before the answer: the client may use the id again once it has it.
    calls_.erase(id);
    if (!cancelled) {
      ++answering_;
      lock.unlock();
      done_(id, x);
      lock.lock();
      --answering_;
    }
    changed_.notify_all();
  }
}

} // namespace carillon::commands::mcp
