#include "messages/ask.hpp"

#include <caf/policy/work_sharing.hpp>
#include <caf/policy/work_stealing.hpp>
#include <caf/scheduler/coordinator.hpp>

#include <thread>

namespace carillon {

namespace {

template <class Policy>
bool has_this_thread(caf::scheduler::abstract_coordinator& x) {
  auto* scheduler = dynamic_cast<caf::scheduler::coordinator<Policy>*>(&x);
  if (scheduler == nullptr)
    return false;
  for (size_t i = 0; i < scheduler->num_workers(); ++i)
    if (scheduler->worker_by_id(i)->get_thread().get_id() == std::this_thread::get_id())
      return true;
  return false;
}

} // namespace

bool is_scheduler_thread(caf::actor_system& sys) {
  auto& scheduler = sys.scheduler();
  return has_this_thread<caf::policy::work_sharing>(scheduler)
         || has_this_thread<caf::policy::work_stealing>(scheduler);
}

} // namespace carillon
