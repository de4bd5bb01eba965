#pragma once

#include "net/admin/operations.hpp"
#include "net/admin/server/readiness.hpp"
#include "net/admin/server/worker_pool.hpp"
#include "net/http/follower.hpp"
#include "net/http/request_judge.hpp"

namespace carillon::admin {

/// The admin port behind its connections, which work like those of the data port: judges requests
/// by their heads on the event loop, and hands complete ones to the threads. So clients that send
/// nothing, send slowly, do not read or have no key occupy no thread. Thread-safe.
class front final : public data::request_judge, public std::enable_shared_from_this<front> {
public:
  /// The context outlives it, and every call.
  /// @param view of a follower; without an owner the node is the owner
  explicit front(context& ctx, data::follower_view view = {});

  data::admission judge(const data::request_head& head) const override;

  uint64_t header_bytes() const noexcept override {
    return ctx_.options.header_bytes;
  }

  /// Waits for running requests; rejects waiting and later ones.
  void stop();

private:
  class readiness_call;

  void judge_call(const data::request_head& head, std::string_view method, destination to,
                  data::admission& out) const;
  void judge_options(const data::request_head& head, const std::string& allow,
                     data::admission& out) const;
  worker_pool& threads_for(const operation& at) const noexcept;

  context& ctx_;
  data::follower_view view_;
  std::unique_ptr<worker_pool> workers_;
  /// For `/metrics`, which asks actors too, but must not wait for a thread behind other requests.
  std::unique_ptr<worker_pool> probes_;
  std::unique_ptr<readiness> readiness_;
};

} // namespace carillon::admin
