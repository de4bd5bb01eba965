#include "actors/webhooks/endpoints/endpoint_table.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace carillon {

endpoint_table::endpoint_table(webhook_hub_actor::pointer self) : self_{self} {
}

endpoint_table::~endpoint_table() {
  for (auto& [id, x] : all_) {
    if (x.consumer != nullptr)
      caf::anon_send_exit(x.consumer, caf::exit_reason::kill);
    if (x.receiver != nullptr)
      caf::anon_send_exit(x.receiver, caf::exit_reason::kill);
  }
}

running_endpoint& endpoint_table::add(uint64_t id) {
  return all_[id];
}

running_endpoint* endpoint_table::find(uint64_t id) {
  auto i = all_.find(id);
  return i == all_.end() ? nullptr : &i->second;
}

const running_endpoint* endpoint_table::find(uint64_t id) const {
  auto i = all_.find(id);
  return i == all_.end() ? nullptr : &i->second;
}

std::optional<uint64_t> endpoint_table::webhook_of(caf::actor_id x) const {
  auto i = ids_.find(x);
  return i == ids_.end() ? std::nullopt : std::optional{i->second};
}

void endpoint_table::adopt(uint64_t id, const running_endpoint& x) {
  ids_[x.consumer.id()] = id;
  ids_[x.receiver.id()] = id;
  self_->monitor(x.consumer);
  self_->monitor(x.receiver);
}

void endpoint_table::drop(running_endpoint& x) {
  auto drop_one = [this](auto& handle) {
    if (handle == nullptr)
      return;
    ids_.erase(caf::actor_cast<caf::actor_addr>(handle).id());
    self_->demonitor(caf::actor_cast<caf::actor_addr>(handle));
    self_->send_exit(handle, caf::exit_reason::user_shutdown);
    handle = nullptr;
  };
  drop_one(x.consumer);
  drop_one(x.receiver);
}

void endpoint_table::erase(uint64_t id) {
  auto i = all_.find(id);
  if (i == all_.end())
    return;
  drop(i->second);
  all_.erase(i);
}

void endpoint_table::clear() {
  for (auto& [id, x] : all_)
    drop(x);
  all_.clear();
}

} // namespace carillon
