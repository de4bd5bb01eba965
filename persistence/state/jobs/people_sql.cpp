#include "persistence/state/jobs/people_sql.hpp"

#define CARILLON_JOBS                                                                              \
  "SELECT id, kind, key, payload, company_id, event_seq, priority, state, attempts, run_at, "      \
  "fence, last_error, created_at, updated_at FROM jobs "
#define CARILLON_JOB_FILTERS                                                                       \
  "AND (?3 = '' OR queue = ?3) AND (?4 = '' OR kind = ?4) AND (?5 < 0 OR state = ?5) "             \
  "AND (?6 = 0 OR company_id = ?7) ORDER BY id DESC LIMIT ?2"
#define CARILLON_CONTACTS "SELECT user_id, company_id, email, name, role, updated_at FROM contacts "
#define CARILLON_NOTIFICATIONS                                                                     \
  "SELECT id, user_id, company_id, kind, event_seq, title, body, link, created_at, read_at "       \
  "FROM notifications "
#define CARILLON_DOCUMENTS                                                                         \
  "SELECT id, key, kind, company_id, user_id, event_seq, file_name, content_type, size, sha256, "  \
  "created_at FROM documents "

#define CARILLON_OLD_DOCUMENTS                                                                     \
  "SELECT d.id, d.key, d.kind, d.company_id, d.user_id, d.event_seq, d.file_name, "                \
  "d.content_type, d.size, d.sha256, d.created_at, (SELECT count(*) FROM documents o "             \
  "WHERE o.sha256 = d.sha256 AND o.id <> d.id) FROM documents d "

// Lists take the number to go beyond as ?1 and the page size as ?2. Queries of workers name the
// state as the partial indexes do.

namespace carillon::sql {

namespace {

std::string_view sql_of_jobs(people_query x) noexcept {
  switch (x) {
  case people_query::insert_job:
    return "INSERT INTO jobs (kind, queue, key, payload, company_id, event_seq, priority, state, "
           "run_at, created_at, updated_at) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?9) ON CONFLICT (key) DO NOTHING";
  case people_query::job_by_key:
    return "SELECT id FROM jobs WHERE key = ?1";
  case people_query::job_by_id:
    return CARILLON_JOBS "WHERE id = ?1";
  case people_query::expired_jobs:
    return CARILLON_JOBS "WHERE queue = ?1 AND state = 1 AND state IN (0, 1, 3) AND run_at <= ?2 "
                         "ORDER BY run_at LIMIT ?3";
  case people_query::waiting_companies:
    // Skips from company to company by the index, without visiting the other entries of a company.
    return "WITH RECURSIVE waiting (company_id) AS ("
           "SELECT min(company_id) FROM jobs WHERE queue = ?1 AND state = 0 AND company_id >= ?3 "
           "UNION ALL SELECT (SELECT min(j.company_id) FROM jobs j WHERE j.queue = ?1 "
           "AND j.state = 0 AND j.company_id > w.company_id) FROM waiting w "
           "WHERE w.company_id IS NOT NULL) "
           // Not EXISTS: PostgreSQL would join, and lose the order.
           "SELECT company_id FROM waiting WHERE company_id IS NOT NULL AND (SELECT 1 "
           "FROM jobs d WHERE d.queue = ?1 AND d.company_id = waiting.company_id AND d.state = 0 "
           "AND d.run_at <= ?2 LIMIT 1) = 1 LIMIT ?4";
  case people_query::due_jobs:
    return CARILLON_JOBS "WHERE queue = ?1 AND company_id = ?4 AND state = 0 AND run_at <= ?2 "
                         "ORDER BY priority DESC, run_at LIMIT ?3";
  case people_query::correct_times:
    // A pause is the time between the last change and the next attempt. A time that an application
    // requested (no attempt yet, and after the change) is absolute.
    return "UPDATE jobs SET run_at = CAST(?2 AS BIGINT) + (CASE WHEN run_at > updated_at "
           "THEN run_at - updated_at ELSE 0 END), updated_at = CAST(?2 AS BIGINT) "
           "WHERE queue = ?1 AND state = 0 AND state IN (0, 1, 3) AND run_at > ?2 "
           "AND updated_at > ?2 AND (attempts > 0 OR run_at <= updated_at)";
  case people_query::lease_job:
    return "UPDATE jobs SET state = 1, attempts = attempts + 1, fence = fence + 1, run_at = ?2, "
           "updated_at = ?3 WHERE id = ?1";
  case people_query::next_due:
    return "SELECT min(run_at) FROM jobs "
           "WHERE queue = ?1 AND state = ?2 AND state IN (0, 1, 3) AND run_at > ?3";
  case people_query::finish_job:
    return "UPDATE jobs SET state = ?3, run_at = coalesce(?4, run_at), "
           "last_error = CASE WHEN ?6 = 1 AND ?5 = '' THEN last_error ELSE ?5 END, "
           "attempts = attempts - ?6, updated_at = ?7 WHERE id = ?1 AND fence = ?2 AND state = 1";
  case people_query::release_jobs:
    return "UPDATE jobs SET state = 0, run_at = ?1, updated_at = ?1 WHERE state = 1";
  case people_query::set_job:
    return "UPDATE jobs SET state = ?2, attempts = ?3, run_at = ?4, updated_at = ?5 WHERE id = ?1";
  case people_query::retry_jobs:
    return "UPDATE jobs SET state = 0, attempts = 0, run_at = ?1, updated_at = ?1 WHERE id IN ("
           "SELECT id FROM jobs WHERE state = 3 AND id > 0 AND (?3 = '' OR queue = ?3) "
           "AND (?4 = '' OR kind = ?4) AND (?5 = 0 OR company_id = ?6) ORDER BY id LIMIT ?2)";
  case people_query::jobs:
    return CARILLON_JOBS "WHERE id < ?1 " CARILLON_JOB_FILTERS;
  case people_query::jobs_of_queue:
    return CARILLON_JOBS "WHERE queue = ?3 AND id < ?1 " CARILLON_JOB_FILTERS;
  case people_query::jobs_in_state:
    return CARILLON_JOBS "WHERE state = ?5 AND id < ?1 " CARILLON_JOB_FILTERS;
  case people_query::jobs_of_company:
    return CARILLON_JOBS "WHERE company_id = ?7 AND id < ?1 " CARILLON_JOB_FILTERS;
  case people_query::pause_queue:
    return "INSERT INTO job_pauses VALUES (?1) ON CONFLICT DO NOTHING";
  case people_query::resume_queue:
    return "DELETE FROM job_pauses WHERE queue = ?1";
  case people_query::queue_paused:
    return "SELECT 1 FROM job_pauses WHERE queue = ?1";
  case people_query::paused_queues:
    return "SELECT queue FROM job_pauses";
  case people_query::count_jobs:
    return "SELECT queue, state, count(*), min(run_at) FROM jobs INDEXED BY jobs_active "
           "WHERE state IN (0, 1, 3) GROUP BY queue, state";
  case people_query::trim_jobs:
    return "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state IN (2, 4) "
           "AND updated_at < ?1 LIMIT ?2)";
  default:
    return {};
  }
}

std::string_view sql_of_contacts(people_query x) noexcept {
  switch (x) {
  case people_query::put_contact:
    return "INSERT INTO contacts (user_id, company_id, email, name, role, updated_at) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (user_id, company_id) DO UPDATE SET "
           "email = excluded.email, name = excluded.name, role = excluded.role, "
           "updated_at = excluded.updated_at";
  case people_query::contact:
    return CARILLON_CONTACTS "WHERE user_id = ?1 AND company_id = ?2";
  case people_query::contacts_of_user:
    return CARILLON_CONTACTS "WHERE user_id = ?1 ORDER BY user_id, company_id LIMIT 2";
  case people_query::erase_contact:
    return "DELETE FROM contacts WHERE user_id = ?1 AND company_id = ?2";
  case people_query::contacts:
    return CARILLON_CONTACTS "WHERE (user_id, company_id) > (?1, ?5) AND (?3 = 0 OR role = ?4) "
                             "ORDER BY user_id, company_id LIMIT ?2";
  case people_query::contacts_of_company:
    return CARILLON_CONTACTS "WHERE company_id = ?5 AND user_id > ?1 AND (?3 = 0 OR role = ?4) "
                             "ORDER BY user_id LIMIT ?2";
  case people_query::insert_mute:
    return "INSERT INTO contact_mutes (user_id, company_id, channel, kind) "
           "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
  case people_query::erase_mutes:
    return "DELETE FROM contact_mutes WHERE user_id = ?1 AND company_id = ?2";
  case people_query::mutes:
    return "SELECT channel, kind FROM contact_mutes WHERE user_id = ?1 AND company_id = ?2 "
           "ORDER BY channel, kind";
  default:
    return {};
  }
}

// The number beside a company: 0 = any company, 1 = this one, 2 = this one or none.
std::string_view sql_of_notifications(people_query x) noexcept {
  switch (x) {
  case people_query::notify_user:
    // Mutes of the user's contact at the event's company apply; for a user without one, mutes of
    // the contact without a company.
    return "INSERT INTO notifications "
           "(key, user_id, company_id, kind, event_seq, title, body, link, created_at) "
           "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE NOT EXISTS (SELECT 1 "
           "FROM contact_mutes WHERE user_id = ?2 AND channel = 1 AND kind IN (?4, '*') "
           "AND company_id = coalesce((SELECT company_id FROM contacts WHERE user_id = ?2 "
           "AND company_id = ?3), '')) ON CONFLICT (key, user_id, company_id) DO NOTHING";
  case people_query::notify_company:
    return "INSERT INTO notifications "
           "(key, user_id, company_id, kind, event_seq, title, body, link, created_at) "
           "SELECT ?1, c.user_id, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM contacts c "
           "WHERE c.company_id = ?3 AND (?2 = '' OR c.role = ?2) AND NOT EXISTS (SELECT 1 "
           // An expression, so that PostgreSQL looks up each contact's mutes, not a company's.
           "FROM contact_mutes m WHERE m.user_id = c.user_id "
           "AND m.company_id = c.company_id || '' "
           "AND m.channel = 1 AND m.kind IN (?4, '*')) "
           "ON CONFLICT (key, user_id, company_id) DO NOTHING";
  case people_query::notify_all:
    return "INSERT INTO notifications "
           "(key, user_id, company_id, kind, event_seq, title, body, link, created_at) "
           "SELECT ?1, c.user_id, c.company_id, ?4, ?5, ?6, ?7, ?8, ?9 FROM contacts c "
           "WHERE c.user_id > '' AND ?2 = '' AND ?3 = '' AND NOT EXISTS (SELECT 1 "
           // An expression, so that PostgreSQL looks up each contact's mutes, not a company's.
           "FROM contact_mutes m WHERE m.user_id = c.user_id "
           "AND m.company_id = c.company_id || '' "
           "AND m.channel = 1 AND m.kind IN (?4, '*')) "
           "ON CONFLICT (key, user_id, company_id) DO NOTHING";
  case people_query::notifications:
    return CARILLON_NOTIFICATIONS "WHERE user_id = ?3 AND id < ?1 "
                                  "AND (?4 = 0 OR company_id = ?5 OR (?4 = 2 AND company_id = '')) "
                                  "ORDER BY id DESC LIMIT ?2";
  case people_query::unread_notifications:
    return CARILLON_NOTIFICATIONS "WHERE user_id = ?3 AND read_at IS NULL AND id < ?1 "
                                  "AND (?4 = 0 OR company_id = ?5 OR (?4 = 2 AND company_id = '')) "
                                  "ORDER BY id DESC LIMIT ?2";
  case people_query::count_unread:
    return "SELECT count(*) FROM notifications WHERE user_id = ?1 AND read_at IS NULL "
           "AND (?2 = 0 OR company_id = ?3 OR (?2 = 2 AND company_id = ''))";
  case people_query::notification:
    return CARILLON_NOTIFICATIONS "WHERE id = ?1";
  case people_query::read_notification:
    return "UPDATE notifications SET read_at = ?2 WHERE id = ?1 AND read_at IS NULL";
  case people_query::read_all:
    return "UPDATE notifications SET read_at = ?2 WHERE user_id = ?1 AND read_at IS NULL "
           "AND (?3 = 0 OR company_id = ?4 OR (?3 = 2 AND company_id = ''))";
  case people_query::announced:
    return "SELECT up_to FROM notification_cursor WHERE one = 1";
  case people_query::note_announced:
    return "UPDATE notification_cursor SET up_to = ?1 WHERE one = 1 AND up_to < ?1";
  case people_query::unannounced:
    return CARILLON_NOTIFICATIONS "WHERE id > ?1 ORDER BY id LIMIT ?2";
  case people_query::trim_notifications:
    // The oldest have the lowest ids; an index by time would slow every handler down.
    return "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications "
           "WHERE id <= ?3 ORDER BY id LIMIT ?2) AND created_at < ?1";
  default:
    return {};
  }
}

std::string_view sql_of_documents(people_query x) noexcept {
  switch (x) {
  case people_query::insert_document:
    return "INSERT INTO documents (key, kind, company_id, user_id, event_seq, file_name, "
           "content_type, size, sha256, created_at) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (key) DO NOTHING";
  case people_query::document_by_id:
    return CARILLON_DOCUMENTS "WHERE id = ?1";
  case people_query::document_by_key:
    return CARILLON_DOCUMENTS "WHERE key = ?1";
  case people_query::documents:
    return CARILLON_DOCUMENTS "WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
  case people_query::documents_of_company:
    return CARILLON_DOCUMENTS "WHERE company_id = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2";
  case people_query::old_documents:
    return CARILLON_OLD_DOCUMENTS "WHERE d.created_at < ?1 AND (?3 = 0 OR d.company_id = ?4) "
                                  "ORDER BY d.created_at, d.id LIMIT ?2";
  case people_query::old_document:
    return CARILLON_OLD_DOCUMENTS "WHERE d.id = ?1";
  case people_query::erase_document:
    return "DELETE FROM documents WHERE id = ?1";
  default:
    return {};
  }
}

} // namespace

std::string_view sql_of(people_query x) noexcept {
  for (auto* of : {sql_of_jobs, sql_of_contacts, sql_of_notifications, sql_of_documents})
    if (auto text = of(x); !text.empty())
      return text;
  return {};
}

} // namespace carillon::sql
