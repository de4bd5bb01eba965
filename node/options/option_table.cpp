#include "node/options/list_kinds.hpp"
#include "node/options/number_kinds.hpp"
#include "node/options/option_kinds.hpp"
#include "node/options/option_member.hpp"
#include "node/options/option_table_alerts.hpp"
#include "node/options/option_table_jobs.hpp"
#include "node/options/option_table_portal.hpp"
#include "node/options/option_table_remote.hpp"
#include "node/options/option_table_sessions.hpp"
#include "node/options/option_table_sso.hpp"
#include "node/options/option_table_tls.hpp"
#include "node/options/option_table_traces.hpp"
#include "node/options/option_table_webhooks.hpp"

#include <limits>

namespace carillon {

namespace {

option_spec log_format_option() {
  auto write = [](log_format x) { return std::string{x == log_format::json ? "json" : "text"}; };
  auto read = [](std::string_view text) -> expected<log_format> {
    if (text != "text" && text != "json")
      return failure{
        ec::invalid_argument, "'" + std::string{text} + "' is neither text nor json", {}};
    return text == "json" ? log_format::json : log_format::text;
  };
  return an_option(
    "log-format", "Log", "text|json", "One line per record, as text or as JSON",
    [](serve_options & x) -> auto& { return x.log.format; }, write, read);
}

option_spec node_name_option() {
  auto read = [](std::string_view text) -> expected<std::string> {
    if (!text.empty() && !is_node_name(text))
      return failure{ec::invalid_argument,
                     "'" + std::string{text} + "' is not 1 to 40 letters, digits, '.', '_' and '-'",
                     {}};
    return std::string{text};
  };
  return an_option(
    "node-name", "General", "NAME",
    "Name of this node among those of its database; empty = that of the machine",
    [](serve_options & x) -> auto& { return x.node.engine.storage.node.name; },
    [](const std::string& x) { return x; }, read);
}

option_spec log_compress_option() {
  auto write
    = [](log_compression x) { return std::string{x == log_compression::zstd ? "zstd" : "none"}; };
  auto read = [](std::string_view text) -> expected<log_compression> {
    if (text != "zstd" && text != "none")
      return failure{
        ec::invalid_argument, "'" + std::string{text} + "' is neither zstd nor none", {}};
    return text == "zstd" ? log_compression::zstd : log_compression::none;
  };
  return an_option(
    "log-compress", "Store", "zstd|none",
    "Finished files of the log are compressed in the background, or not (not on PostgreSQL)",
    [](serve_options & x) -> auto& { return x.node.engine.storage.log_compress; }, write, read);
}

expected<std::vector<std::string>> parse_witnesses(std::string_view text) {
  auto out = parse_texts(text);
  if (out && out->size() > max_witnesses)
    return failure{
      ec::invalid_argument, "at most " + std::to_string(max_witnesses) + " witnesses", {}};
  return out;
}

option_spec log_level_option() {
  auto read = [](std::string_view text) -> expected<std::string> {
    for (std::string_view level : {"trace", "debug", "info", "warn", "error", "off"})
      if (text == level)
        return std::string{level};
    return failure{ec::invalid_argument,
                   "'" + std::string{text} + "' is none of trace, debug, info, warn, error, off",
                   {}};
  };
  return an_option(
    "log-level", "Log", "LEVEL", "trace, debug, info, warn, error or off: what is less is left out",
    [](serve_options & x) -> auto& { return x.log.level; }, [](const std::string& x) { return x; },
    read);
}

constexpr auto most = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

using specs = std::vector<option_spec>;

specs general_options() {
  const char* group = "General";
  return {
    a_switch("dev", group,
             "Needs no API key, listens on loopback only, and lets webhooks call it over http",
             MEMBER(node.dev)),
    a_text("admin-key-file", group, "FILE",
           "Holds the key of an admin, ck_…, instead of one that the first start prints",
           MEMBER(node.admin_key_file)),
    a_text("data-dir", group, "DIR", "Directory of the log, the index and the state",
           MEMBER(data_dir)),
    a_text(
      "store", group, "URL",
      "sqlite:///absolute/dir, sqlite://relative/dir or postgresql://USER@HOST/DATABASE; empty = "
      "SQLite in the data directory",
      MEMBER(store)),
    a_switch("standby", group,
             "Waits while another node has the database, and takes its place (PostgreSQL only)",
             MEMBER(standby)),
    a_switch("follow", group,
             "With --standby: publishes, answers queries and holds live sessions while it waits",
             MEMBER(follow)),
    node_name_option(),
    a_duration("shutdown-deadline", group, "From the signal to stop to the end of the process",
               MEMBER(shutdown_deadline), milliseconds{100}, hours{1}),
  };
}

specs data_port_table() {
  const char* group = "Data port";
  return {
    an_address("listen", group, "Address of publishers; port 0 takes a free one",
               MEMBER(node.data)),
    a_count("data-threads", group, "N", "Event loops, each a thread", MEMBER(node.data.threads), 1,
            256),
    a_count("max-connections", group, "N",
            "Open connections; past it the oldest idle one makes room, or one more is answered 503",
            MEMBER(node.data.max_connections), 1, 1'000'000),
    a_count(
      "connections-per-address", group, "N",
      "Open connections of one address (a /64 of IPv6); one more is answered 429; 0 = no limit",
      MEMBER(node.data.connections_per_address), 0, 1'000'000),
    some_bytes("header-bytes", group, "Request line and header fields",
               MEMBER(node.data.header_bytes), kib, mib),
    some_bytes("body-bytes", group, "Body of a single event", MEMBER(node.data.body_bytes), kib,
               64 * mib),
    some_bytes("batch-bytes", group, "Body of a batch", MEMBER(node.data.batch_bytes), kib, gib),
    a_count("batch-items", group, "N", "Events in a batch", MEMBER(node.data.batch_items), 1,
            100'000),
    a_count("pipeline", group, "N", "Requests of one connection that may wait for their answers",
            MEMBER(node.data.pipeline), 1, 100'000),
    some_bytes("receive-bytes", group,
               "Unfinished request bodies in memory, all connections together; past it 503",
               MEMBER(node.data.receive_bytes), mib, 64 * gib),
    a_duration("receive-deadline", group, "From the first byte of a request to its last",
               MEMBER(node.data.receive_deadline), milliseconds{10}, hours{1}),
    a_duration("request-deadline", group, "From its last byte to the answer",
               MEMBER(node.data.request_deadline), milliseconds{10}, hours{1}),
    a_duration("idle-timeout", group, "A connection without a request is closed after it",
               MEMBER(node.data.idle), milliseconds{10}, hours{24}),
    a_duration("write-deadline", group, "A client that does not take its answers is cut off",
               MEMBER(node.data.write_deadline), milliseconds{10}, hours{1}),
  };
}

specs admin_port_table() {
  const char* group = "Admin port";
  return {
    an_address("admin-listen", group, "Address of operators; port 0 takes a free one",
               MEMBER(node.admin)),
    a_count("admin-threads", group, "N",
            "Threads = requests at a time; /healthz, /readyz and /metrics have their own",
            MEMBER(node.admin.threads), 1, 256),
    a_count("admin-threads-per-key", group, "N",
            "Of these, how many one API key may hold; 0 = half of them",
            MEMBER(node.admin.threads_per_key), 0, 256),
    some_bytes("admin-body-bytes", group, "Body of a request", MEMBER(node.admin.body_bytes), kib,
               64 * mib),
    some_bytes("admin-header-bytes", group, "Request line and header fields",
               MEMBER(node.admin.header_bytes), kib, mib),
    a_count("admin-waiting", group, "N",
            "Requests that may wait for a thread; one more gets 503, half of them of one key 429",
            MEMBER(node.admin.waiting), 0, 512),
    a_count("admin-max-connections", group, "N",
            "Open connections; past it the oldest idle one makes room, or one more is answered 503",
            MEMBER(node.admin.max_connections), 1, 1'000'000),
    a_count(
      "admin-connections-per-address", group, "N",
      "Open connections of one address (a /64 of IPv6); one more is answered 429; 0 = no limit",
      MEMBER(node.admin.connections_per_address), 0, 1'000'000),
    a_duration("admin-idle-timeout", group, "A connection without a request is closed after it",
               MEMBER(node.admin.idle), milliseconds{10}, hours{24}),
    some_texts(
      "admin-origins", group, "ORIGIN",
      "Pages of these origins may call the port beside its own; * = of all, with an API key",
      MEMBER(node.admin.origins)),
    a_duration("admin-receive-deadline", group, "From the first byte of a request to its last",
               MEMBER(node.admin.receive_deadline), milliseconds{10}, hours{1}),
    a_duration("admin-write-deadline", group, "A client that does not take its answer is cut off",
               MEMBER(node.admin.write_deadline), milliseconds{10}, hours{1}),
    a_duration("admin-request-deadline", group, "From there to the answer",
               MEMBER(node.admin.request_deadline), milliseconds{10}, hours{1}),
  };
}

specs engine_table() {
  const char* group = "Engine";
  return {
    a_count("in-flight-events", group, "EVENTS", "Admitted and not answered yet; past it 503",
            MEMBER(node.engine.router.max_in_flight_events), 1, 100'000'000),
    some_bytes("in-flight-bytes", group, "Memory of the same; past it 503",
               MEMBER(node.engine.router.max_in_flight_bytes), mib, 64 * gib),
    a_count(
      "company-share", group, "PERCENT",
      "Part of each shared limit that one company may have while no other wants any; past it 429",
      MEMBER(node.engine.company_share), 1, 100),
    a_count("batch-events", group, "EVENTS", "Events in one transaction",
            MEMBER(node.engine.writer.max_batch_events), 1, 100'000),
    a_count("slice-events", group, "EVENTS",
            "Events of one request in one transaction; between two of them others get their turn",
            MEMBER(node.engine.writer.slice_events), 1, 100'000),
    a_count("consumer-credit", group, "BATCHES",
            "Batches that a consumer may be behind before it reads the log instead",
            MEMBER(node.engine.router.consumer_credit), 1, 10'000),
    a_count("index-lag", group, "EVENTS", "How far the index may be behind; past it commits wait",
            MEMBER(node.engine.router.max_index_lag), 1, most),
    a_count("readers", group, "N", "Connections that answer queries", MEMBER(node.engine.readers),
            1, 64),
    some_types("audit-types", group,
               "Events that leave a row in the audit log; empty = none. The evidence covers all",
               MEMBER(node.engine.audit_types)),
    a_text("evidence-key-file", group, "FILE",
           "Key that checkpoints of the log are signed with, made if missing; empty = evidence.key "
           "in the data directory",
           MEMBER(node.engine.evidence.key_file)),
    a_text("evidence-head-file", group, "FILE",
           "Keeps the checkpoint that was signed last, which the start compares; empty = "
           "evidence.head beside the key",
           MEMBER(node.engine.evidence.head_file)),
    a_list("witness", group, "FILE",
           "Who keeps the signed checkpoints of the log, at most 8: a file to append to, or an "
           "https:// URL to post to; empty = nobody",
           MEMBER(node.engine.evidence.witnesses), parse_witnesses),
    a_duration("witness-timeout", group, "One attempt at a witness",
               MEMBER(node.engine.evidence.witness_timeout), milliseconds{10}, minutes{10}),
    some_types("metrics-types", group, "What the metrics handler measures; empty = it does not run",
               MEMBER(node.engine.metrics_types)),
    a_switch("accept-unknown-types", group, "Stores events of types that nobody has registered",
             MEMBER(node.engine.accept_unknown_types)),
    a_count("max-replays", group, "N", "Replays that may run at a time; one more gets 503",
            MEMBER(node.engine.max_replays), 1, 1'000),
    a_count("consumer-page-events", group, "EVENTS", "Page of a consumer that catches up",
            MEMBER(node.engine.consumers.page_events), 1, 100'000),
    a_duration("consumer-commit-interval", group, "From a consumer's first change to its commit",
               MEMBER(node.engine.consumers.commit_interval), milliseconds{1}, minutes{1}),
  };
}

specs store_table() {
  const char* group = "Store";
  return {
    some_bytes("cache-bytes", group, "Page cache of each connection that writes",
               MEMBER(node.engine.storage.cache_bytes), mib, 64 * gib),
    some_bytes("log-segment", group,
               "Length of a file of the log, which is made before it is needed (not on PostgreSQL)",
               MEMBER(node.engine.storage.log_segment_bytes), 64 * kib, gib),
    log_compress_option(),
    a_count("index-batch", group, "EVENTS", "Events that the indexer takes at a time",
            MEMBER(node.engine.storage.index_batch), 1, 1'000'000),
    a_count("query-budget", group, "EVENTS",
            "Candidates that a query looks at before it returns a short page",
            MEMBER(node.engine.storage.query_budget), 1'000, 100'000'000),
    a_duration("busy-timeout", group, "How long a statement waits for another connection's lock",
               MEMBER(node.engine.storage.busy_timeout), milliseconds{1}, minutes{10}),
    a_duration("checkpoint-interval", group, "Between two rounds of checkpoints",
               MEMBER(node.engine.checkpoint_interval), milliseconds{10}, hours{1}),
    a_switch("outbox", group, "Moves the rows of carillon_outbox into the log (PostgreSQL only)",
             MEMBER(node.engine.outbox.own)),
    a_text("outbox-from", group, "URL",
           "Another database whose carillon_outbox is moved: postgresql://, mysql:// or "
           "sqlite:///FILE",
           MEMBER(node.engine.outbox.from)),
  };
}

specs log_table() {
  return {
    log_format_option(),
    log_level_option(),
    a_text("log-file", "Log", "FILE", "Appended to, opened again by SIGHUP; empty = standard error",
           MEMBER(log.file)),
  };
}

} // namespace

const std::vector<option_spec>& option_table() {
  static const auto all = [] {
    specs out;
    for (auto make :
         {general_options, data_port_table, admin_port_table, portal_table, tls_table, sso_table,
          remote_table, engine_table, alert_table, trace_table, webhook_table, worker_table,
          session_table, mail_table, job_table, store_table, log_table})
      for (auto& x : make())
        out.push_back(std::move(x));
    return out;
  }();
  return all;
}

} // namespace carillon
