#pragma once

#include "net/admin/operations.hpp"
#include "net/admin/portal/portal_page.hpp"
#include "net/admin/server/worker_pool.hpp"
#include "net/http/request_judge.hpp"

#include <memory>

namespace carillon::admin {

/// Judges requests below `/portal/`, which come in by the data port: the page, and below
/// `/portal/api/` the calls of the admin port that a token of the portal may make. They go through
/// the same handlers as those of an operator whose key is bound to the company, on threads of their
/// own. Thread-safe.
class portal_front final : public data::request_judge,
                           public std::enable_shared_from_this<portal_front> {
public:
  /// The context has tokens; it outlives this, and every call.
  explicit portal_front(context& ctx);

  /// @pre the path of the target begins with `/portal`
  data::admission judge(const data::request_head& head) const override;

  uint64_t header_bytes() const noexcept override {
    return ctx_.options.header_bytes;
  }

  /// Waits for running requests; rejects waiting and later ones.
  void stop();

private:
  void judge_file(const data::request_head& head, std::string_view name,
                  data::admission& out) const;
  void judge_call(const data::request_head& head, const std::string& target,
                  data::admission& out) const;
  std::optional<data::refusal> check(const data::request_head& head, const destination& to,
                                     const portal_pass& pass) const;

  context& ctx_;
  portal_page page_;
  std::unique_ptr<worker_pool> workers_;
  /// For tests of webhooks, each of which waits for a receiver.
  std::unique_ptr<worker_pool> testers_;
};

} // namespace carillon::admin
