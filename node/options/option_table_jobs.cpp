#include "node/options/option_table_jobs.hpp"

#include "handlers/email/mail_url.hpp"
#include "node/options/list_kinds.hpp"
#include "node/options/number_kinds.hpp"
#include "node/options/option_kinds.hpp"
#include "node/options/option_member.hpp"
#include "node/options/queue_option.hpp"

#include <array>
#include <utility>

namespace carillon {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

option_spec mail_option() {
  auto read = [](std::string_view text) -> expected<std::string> {
    if (!text.empty())
      if (auto target = parse_mail_url(text); !target)
        return target.error();
    return std::string{text};
  };
  return an_option(
    "mail", "Mail", "URL",
    "file:DIR, smtp://USER:PASSWORD@HOST:PORT or smtps://…; empty = files in outbox in the data "
    "directory",
    MEMBER(node.engine.queues.mail), [](const std::string& x) { return x; }, read);
}

option_spec sender_option() {
  return an_option(
    "mail-from", "Mail", "MAILBOX", "Sender: an address, or Name <address>",
    MEMBER(node.engine.queues.from), [](const mailbox& x) { return to_text(x); }, parse_mailbox);
}

constexpr std::array<std::pair<std::string_view, smtp_tls>, 3> tls_names{
  {{"automatic", smtp_tls::automatic},
   {"required", smtp_tls::required},
   {"optional", smtp_tls::optional}}};

option_spec tls_option() {
  auto write = [](smtp_tls x) {
    std::string out;
    for (const auto& [name, value] : tls_names)
      if (value == x)
        out = name;
    return out;
  };
  auto read = [](std::string_view text) -> expected<smtp_tls> {
    for (const auto& [name, value] : tls_names)
      if (name == text)
        return value;
    return failure{ec::invalid_argument,
                   "'" + std::string{text} + "' is none of automatic, required, optional",
                   {}};
  };
  return an_option("mail-tls", "Mail", "automatic|required|optional",
                   "Of smtp://: whether STARTTLS has to be; automatic = unless the server is on "
                   "this machine",
                   MEMBER(node.engine.queues.tls), write, read);
}

option_spec pauses_option(const char* group) {
  auto write = [](const std::vector<milliseconds>& x) { return to_text(x, ','); };
  auto read = [](std::string_view text) { return parse_pauses(text, ','); };
  auto out = an_option(
    "jobs-retry", group, "TIMES",
    "Of workers outside: pauses before the further attempts at a job; empty = it has one",
    MEMBER(node.engine.workers.job_retry_schedule), write, read);
  out.is_list = true;
  return out;
}

option_spec queues_option(const char* group) {
  auto write = [](const queue_table& x) { return to_text(x); };
  auto out = an_option(
    "queue-settings", group, "QUEUES",
    "Both, of single queues: exports:ack=10m:retry=10s/1m; empty = all queues have the same",
    MEMBER(node.engine.workers.queues), write, parse_queues);
  out.is_list = true;
  return out;
}

} // namespace

std::vector<option_spec> mail_table() {
  const char* group = "Mail";
  return {
    some_types("email-types", group,
               "Of what people are sent mail, see handlers.md; empty = the handler does not run",
               MEMBER(node.engine.email_types)),
    mail_option(),
    sender_option(),
    a_text("mail-templates", group, "DIR", "Own templates instead of built-in ones; empty = none",
           MEMBER(node.engine.queues.templates)),
    tls_option(),
    a_text("mail-ca-file", group, "FILE",
           "Authorities to trust, in PEM; empty = those of the system",
           MEMBER(node.engine.queues.ca_file)),
    a_text("mail-hello", group, "NAME",
           "How the node calls itself to a mail server; empty = the name of the machine",
           MEMBER(node.engine.queues.hello)),
    a_count("mail-workers", group, "N", "Mails at a time, each on a connection of its own",
            MEMBER(node.engine.queues.mail_workers), 1, 64),
    a_count("mail-company-rate", group, "N",
            "Mails that a company's events may cause in an hour, what is beyond waits; 0 = any",
            MEMBER(node.engine.queues.mail_company_rate), 0, 1'000'000'000),
    some_texts("mail-link-hosts", group, "HOSTS",
               "Where texts of events may link to in mails, with what is below; empty = nowhere",
               MEMBER(node.engine.queues.mail_link_hosts)),
    a_duration("mail-timeout", group, "For one mail", MEMBER(node.engine.queues.mail_timeout),
               seconds{1}, minutes{10}),
  };
}

std::vector<option_spec> job_table() {
  const char* group = "Jobs";
  return {
    some_types("notification-types", group,
               "Of what people are notified, see handlers.md; empty = the handler does not run",
               MEMBER(node.engine.notification_types)),
    a_duration("notifications-keep", group, "How long notifications are kept, read or not",
               MEMBER(node.engine.announcer.keep), hours{1}, hours{24 * 365 * 10}),
    some_texts("document-font", group, "FILES",
               "TrueType fonts for what DejaVu Sans has no characters for, in this order",
               MEMBER(node.engine.queues.document_fonts)),
    a_count("document-workers", group, "N", "Documents made at a time",
            MEMBER(node.engine.queues.document_workers), 1, 64),
    a_duration("documents-keep", group, "How long documents are kept; 0 = for ever",
               MEMBER(node.engine.queues.documents_keep), milliseconds{0}, hours{24 * 365 * 100}),
    a_duration("jobs-keep", group, "How long jobs are kept that are done or cancelled",
               MEMBER(node.engine.jobs.keep), hours{1}, hours{24 * 365 * 10}),
    a_duration("jobs-stop-grace", group, "How long a stop waits for jobs under way",
               MEMBER(node.engine.jobs.stop_grace), milliseconds{0}, minutes{10}),
    a_duration("jobs-ack-timeout", group,
               "Of workers outside: a job that is neither acknowledged nor extended has failed",
               MEMBER(node.engine.workers.job_ack_timeout), seconds{1}, longest_ack_timeout),
    pauses_option(group),
    queues_option(group),
    a_count("job-queue-names", group, "N",
            "Names of queues with jobs, which companies share; one more is answered 429 or 503",
            MEMBER(node.engine.workers.max_queue_names), 1, 1'000'000),
    a_count("job-queues", group, "N",
            "Queues that have workers outside, which companies share; one more is answered 429 or "
            "503",
            MEMBER(node.engine.workers.max_queues), 1, 100'000),
    a_count("workers-per-queue", group, "N",
            "Workers of a queue and company that are connected, and pulls that wait; one more is "
            "answered 503",
            MEMBER(node.engine.workers.max_queue_workers), 1, 100'000),
    a_count("jobs-in-flight", group, "N", "Jobs of a queue and company that workers outside have",
            MEMBER(node.engine.workers.jobs_in_flight), 1, 100'000),
    a_count("schedules", group, "N", "Schedules of the node; one more is answered 503",
            MEMBER(node.engine.scheduler.schedules.all), 0, 10'000'000),
    a_count("schedules-per-company", group, "N",
            "Schedules of one company; one more is answered 429",
            MEMBER(node.engine.scheduler.schedules.of_company), 0, 10'000'000),
    a_count("delayed-events", group, "N",
            "Events of the node that wait for their time; one more is answered 503",
            MEMBER(node.engine.scheduler.delayed.all), 0, 100'000'000),
    a_count("delayed-events-per-company", group, "N",
            "Events of one company that wait for their time; one more is answered 429",
            MEMBER(node.engine.scheduler.delayed.of_company), 0, 100'000'000),
    a_duration("schedules-missed-after", group,
               "An occurrence that nobody could publish for longer is missed, see schedules.md",
               MEMBER(node.engine.scheduler.missed_after), seconds{1}, hours{24 * 7}),
  };
}

} // namespace carillon
