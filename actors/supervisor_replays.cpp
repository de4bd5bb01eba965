#include "actors/supervisor.hpp"

#include <algorithm>
#include <string_view>

namespace carillon {

expected<std::vector<std::string>> supervisor_state::targets_of(const std::string& target) const {
  constexpr std::string_view one = "handler/";
  std::vector<std::string> out;
  if (target == "all" || target == "handlers") {
    for (const auto& [key, x] : children_)
      out.push_back(key);
    return out;
  }
  if (!std::string_view{target}.starts_with(one))
    return failure{ec::invalid_argument, "the target is all, handlers or handler/<name>", "target"};
  auto wanted = target.substr(one.size());
  if (!children_.contains(wanted))
    return failure{ec::not_found, "there is no handler named '" + wanted + "'", "target"};
  out.push_back(std::move(wanted));
  return out;
}

caf::result<uint64_t> supervisor_state::count(const create_replay& x) {
  if (auto targets = targets_of(x.record.target); !targets)
    return to_error(targets.error());
  if (!x.record.positions.empty())
    return static_cast<uint64_t>(x.record.positions.size());
  auto promise = self_->make_response_promise<uint64_t>();
  auto failed = [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); };
  self_->request(env_.consumers.router, caf::infinite, atom::head_v)
    .then(
      [this, x, promise, failed](position head) mutable {
        self_->request(env_.counter, caf::infinite, count_request{x.record.filter, head})
          .then([promise](uint64_t n) mutable { promise.deliver(n); }, failed);
      },
      failed);
  return promise;
}

caf::result<replay_record> supervisor_state::create(const create_replay& x) {
  if (draining_)
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  if (auto targets = targets_of(x.record.target); !targets)
    return to_error(targets.error());
  if (replays_.size() >= env_.options.max_replays)
    return to_error({ec::overloaded, "too many replays run, wait for one to end", {}});
  auto promise = self_->make_response_promise<replay_record>();
  auto failed = [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); };
  auto store = [this, promise, failed](create_replay request) mutable {
    self_->request(env_.consumers.state, caf::infinite, std::move(request))
      .then(
        [this, promise](const replay_record& stored) mutable {
          start_replay(stored);
          promise.deliver(stored);
        },
        failed);
  };
  auto request = x;
  if (!request.record.positions.empty()) {
    auto& positions = request.record.positions;
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    request.record.up_to = positions.back();
    request.record.matched = positions.size();
    store(std::move(request));
    return promise;
  }
  self_->request(env_.consumers.router, caf::infinite, atom::head_v)
    .then(
      [this, request, store, failed](position head) mutable {
        request.record.up_to = head;
        self_->request(env_.counter, caf::infinite, count_request{request.record.filter, head})
          .then(
            [request, store](uint64_t matched) mutable {
              request.record.matched = matched;
              store(std::move(request));
            },
            failed);
      },
      failed);
  return promise;
}

void supervisor_state::start_replay(const replay_record& record) {
  auto targets = targets_of(record.target);
  auto runs = [&](const auto& x) { return x.second.id == record.id; };
  if (draining_ || !targets || std::any_of(replays_.begin(), replays_.end(), runs))
    return;
  replay_env env{env_.consumers.reader, env_.consumers.state, supervisor_actor{self_},
                 env_.options.replay};
  auto handle = self_->spawn(replay_runner, std::move(env), record, std::move(*targets));
  self_->monitor(handle);
  replays_.emplace(handle->id(), running_replay{record.id, handle});
}

void supervisor_state::resume_replays() {
  self_->request(env_.consumers.state, caf::infinite, list_running_replays{})
    .then(
      [this](const replay_records& xs) {
        for (const auto& x : xs)
          start_replay(x);
      },
      [](const caf::error&) {});
}

} // namespace carillon
