#include "node/options/option_table_webhooks.hpp"

#include "node/options/list_kinds.hpp"
#include "node/options/number_kinds.hpp"
#include "node/options/option_kinds.hpp"
#include "node/options/option_member.hpp"

#include <chrono>

namespace carillon {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

} // namespace

std::vector<option_spec> webhook_table() {
  const char* group = "Webhooks";
  return {
    some_cidrs("webhooks-allow", group,
               "Addresses that webhooks may call although they are not public",
               MEMBER(node.engine.webhooks.client.guard.allow)),
    a_switch("webhooks-allow-http", group, "Webhooks may call http:// URLs, too",
             MEMBER(node.engine.webhooks.client.allow_http)),
    a_text("key-file", group, "FILE",
           "Key that secrets are sealed with, made if missing; empty = node.key in the data "
           "directory",
           MEMBER(node.engine.webhooks.key_file)),
    a_switch("accept-new-key", group,
             "Start with another key file: webhooks then need other secrets",
             MEMBER(node.engine.webhooks.accept_new_key)),
    a_text("webhooks-ca-file", group, "FILE",
           "Authorities to trust, in PEM; empty = those of the system",
           MEMBER(node.engine.webhooks.client.ca_file)),
    a_text("webhooks-proxy", group, "URL",
           "http://host:port; resolves names itself, and so has to guard the addresses",
           MEMBER(node.engine.webhooks.client.proxy)),
    a_duration("webhooks-timeout", group, "A whole attempt",
               MEMBER(node.engine.webhooks.hub.endpoint.deadlines.total), milliseconds{10},
               minutes{10}),
    a_duration("webhooks-connect-timeout", group, "Of it, to the end of the TLS handshake",
               MEMBER(node.engine.webhooks.hub.endpoint.deadlines.connect), milliseconds{10},
               minutes{10}),
    a_count("webhooks-connections", group, "N", "Attempts under way, all receivers together",
            MEMBER(node.engine.webhooks.client.max_connections), 1, 65'536),
    a_count("webhooks-connections-per-host", group, "N", "Attempts under way to one receiver",
            MEMBER(node.engine.webhooks.client.max_connections_per_host), 1, 65'536),
    a_count("webhooks-queue", group, "N", "Attempts that wait for a connection",
            MEMBER(node.engine.webhooks.client.max_queued), 1, 10'000'000),
    some_bytes("webhooks-head-bytes", group, "Status line and header fields of an answer",
               MEMBER(node.engine.webhooks.client.max_head_bytes), kib, mib),
    some_bytes("webhooks-body-bytes", group, "Read of an answer's body; 8 KiB of it are kept",
               MEMBER(node.engine.webhooks.client.max_body_bytes), kib, 64 * mib),
    a_count("webhooks-max", group, "N", "Registered webhooks; one more gets 503",
            MEMBER(node.engine.webhooks.hub.max_webhooks), 1, 10'000'000),
    a_count("webhooks-running", group, "N",
            "Webhooks at work at a time; others with work wait for one to end",
            MEMBER(node.engine.webhooks.hub.max_running), 1, 1'000'000),
    a_duration("webhooks-idle", group, "A webhook without work for so long is put to sleep",
               MEMBER(node.engine.webhooks.hub.idle), milliseconds{10}, hours{24}),
    a_count("webhooks-retries", group, "N",
            "Failed deliveries of one webhook that wait; past it its cursor waits",
            MEMBER(node.engine.webhooks.hub.max_retries), 1, 1'000'000),
    a_duration("webhooks-give-up-after", group,
               "A webhook with nothing but failures for so long is disabled",
               MEMBER(node.engine.webhooks.hub.endpoint.give_up_after), seconds{1},
               hours{24 * 365}),
    a_duration("webhooks-keep", group, "How long deliveries and their attempts are kept",
               MEMBER(node.engine.webhooks.hub.keep_deliveries), hours{1}, hours{24 * 365 * 10}),
    a_count("webhooks-keep-count", group, "N", "How many of them are kept",
            MEMBER(node.engine.webhooks.hub.max_deliveries), 1'000, 1'000'000'000),
  };
}

} // namespace carillon
