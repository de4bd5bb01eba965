#pragma once

#include "messages/jobs/interfaces.hpp"
#include "net/data/workers/job_array.hpp"
#include "net/data/workers/queue_names.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carillon::data {

/// What those who enqueue jobs ask.
struct job_ways {
  job_dispatcher_actor dispatcher;
  job_store_actor reader;
  job_store_actor writer;
  std::shared_ptr<queue_names> names;
};

/// Adds the jobs of one request: finds out which of them may be added, and has those of a company
/// stored by one call, which is one transaction. Owned by the handlers of the actor that it
/// belongs to, on whose thread it runs.
class job_adder : public std::enable_shared_from_this<job_adder> {
public:
  /// Errors: the node could take none of them, or it is not known.
  using reply = std::function<void(expected<job_verdicts>)>;

  /// @param then is called once
  job_adder(job_ways ways, given_jobs jobs, reply then);

  /// @param self outlives this
  /// @param left for each request
  void begin(caf::event_based_actor* self, std::chrono::milliseconds left);

private:
  /// A queue, and a company that adds to it.
  using place = std::pair<std::string, std::string>;
  using refusals = std::map<place, failure>;

  void ask_for_owners();
  void refuse_queue(const std::string& queue, const failure& why);
  void use_names();
  /// Of the places that may not be used.
  refusals use_all();
  void store(const refusals& refused);
  /// @param which those of one company
  void store_some(std::vector<size_t> which);
  /// One of several requests has its answer.
  void answered(void (job_adder::*next)());
  void finish();

  job_ways ways_;
  given_jobs jobs_;
  reply then_;
  job_verdicts verdicts_;
  caf::event_based_actor* self_ = nullptr;
  std::chrono::milliseconds left_{0};
  size_t waiting_ = 0;
  /// Of an actor that gave no answer.
  std::optional<failure> away_;
};

} // namespace carillon::data
