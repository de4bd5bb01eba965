#include "messages/alerts/alert_event.hpp"

#include "messages/codec/described.hpp"

namespace carillon {

expected<draft_ptr> alert_draft(const system_alert& x) {
  publish_options options;
  options.source = "/carillon/alerts";
  options.hops = 1;
  options.id = "alert/" + x.alert + '/' + x.subject + '/' + std::to_string(to_micros(x.since)) + '/'
               + std::to_string(x.threshold) + '/' + x.state;
  return make_draft(x, options);
}

} // namespace carillon
