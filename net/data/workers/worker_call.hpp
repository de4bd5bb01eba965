#pragma once

#include "messages/access/principal.hpp"
#include "net/data/workers/worker_calls.hpp"
#include "net/data/workers/worker_route.hpp"
#include "net/http/admission.hpp"

#include <boost/beast/http/verb.hpp>

#include <functional>
#include <memory>
#include <string>

namespace carillon::data {

/// A request about a remote consumer or about jobs that was admitted. It reads the body, asks, and
/// answers.
class worker_call final : public handed_call {
public:
  using steady_time = std::chrono::steady_clock::time_point;

  worker_call(std::shared_ptr<worker_calls> to, worker_route at, boost::beast::http::verb method,
              principal who)
    : to_(std::move(to)), what_(at.what), of_(at.of), name_(at.name), method_(method),
      who_(std::move(who)) {
  }

  void serve(std::string_view body, std::string remote, steady_time deadline, reply to) override;

  void cancel() override;

private:
  void put(std::string_view body, operator_stamp by, steady_time deadline, reply to);
  void show(steady_time deadline, reply to);
  void pull(std::string_view body, steady_time deadline, reply to);
  void enqueue(std::string_view body, steady_time deadline, reply to);
  void show_job(steady_time deadline, reply to);
  void settle(std::string_view body, steady_time deadline, reply to);

  worker_calls::work_place place() const {
    return {name_, who_.company_id, of_, who_.may_work_for_companies(name_)};
  }

  std::shared_ptr<worker_calls> to_;
  worker_route::call what_;
  work_kind of_;
  std::string name_;
  boost::beast::http::verb method_;
  principal who_;
  /// Of a pull that waits.
  std::function<void()> end_wait_;
};

} // namespace carillon::data
