#include "net/admin/follower_calls.hpp"

#include "net/admin/calls/resources.hpp"

#include <algorithm>
#include <array>

namespace carillon::admin {

namespace {

/// Each asks at most the router, the readers of the log and of the state, and the sessions of the
/// node.
constexpr auto served_by_follower = std::to_array<handler>(
  {show_openapi,         show_prometheus,     show_caller,        show_node,      show_nodes,
   show_limits,          publish_event,       show_events,        show_event,     show_stats,
   show_types,           show_type,           show_session_stats, show_sessions,  show_metrics,
   show_definitions,     show_definition,     show_measures,      show_webhooks,  show_deliveries,
   show_delivery,        show_dead_letters,   show_jobs,          show_job,       show_contacts,
   show_contact,         show_notifications,  show_notification,  show_documents, show_audit,
   show_inbound_sources, show_inbound_source, show_schedules,     show_schedule,  show_keys});

/// An event that is kept for later, and what becomes of one, concern actors of the owner.
constexpr auto parameters_of_owner
  = std::to_array<std::string_view>({"publishAt", "expand", "until"});

} // namespace

bool is_served_by_follower(const operation& at, const parameters& query) {
  return std::find(served_by_follower.begin(), served_by_follower.end(), at.run)
           != served_by_follower.end()
         && std::none_of(parameters_of_owner.begin(), parameters_of_owner.end(),
                         [&](std::string_view x) { return query.find(x) != query.end(); });
}

} // namespace carillon::admin
