#include "net/admin/calls/consumers/consumer_text.hpp"

namespace carillon::admin {

void put_progress(json_writer& out, const consumer_status& x) {
  out.member("cursor", x.cursor)
    .member("lag", x.lag)
    .member("lagSeconds", x.lag_seconds)
    .member("inFlight", x.in_flight)
    .member("retrying", x.retrying)
    .member("deadLetters", x.dead_letters)
    .member("delivered", x.delivered)
    .member("failed", x.failed)
    .member_or_null("lastError", x.last_error)
    .member("lastProgress", x.last_progress);
}

} // namespace carillon::admin
