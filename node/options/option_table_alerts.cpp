#include "node/options/option_table_alerts.hpp"

#include "node/options/number_kinds.hpp"
#include "node/options/option_kinds.hpp"
#include "node/options/option_member.hpp"

#include <chrono>

namespace carillon {

std::vector<option_spec> alert_table() {
  const char* group = "Alerts";
  return {
    a_duration("alert-interval", group,
               "Between two looks at the thresholds of alerts; 0 = nobody is alerted",
               MEMBER(node.engine.alerts.interval), std::chrono::milliseconds{0},
               std::chrono::hours{1}),
    a_duration("alert-consumer-lag", group,
               "Age of the first event that a handler has not handled; 0 = never",
               MEMBER(node.engine.alerts.consumer_lag), std::chrono::milliseconds{0},
               std::chrono::hours{24 * 30}),
    a_count("alert-dead-jobs", group, "N", "Dead jobs of a queue; 0 = never",
            MEMBER(node.engine.alerts.dead_jobs), 0, 1'000'000),
    a_duration("alert-job-wait", group,
               "How long a job of a queue has been due without a start; 0 = never",
               MEMBER(node.engine.alerts.job_wait), std::chrono::milliseconds{0},
               std::chrono::hours{24 * 30}),
    a_count("alert-disk-free", group, "PERCENT", "Less of the disk is free; 0 = never",
            MEMBER(node.engine.alerts.disk_percent), 0, 99),
    a_count("alert-index-lag", group, "PERCENT",
            "Distance of the index, of that at which commits wait; 0 = never",
            MEMBER(node.engine.alerts.index_percent), 0, 100),
    a_duration("alert-pause", group, "The same alert does not begin again within it",
               MEMBER(node.engine.alerts.pause), std::chrono::milliseconds{0},
               std::chrono::hours{24}),
  };
}

} // namespace carillon
