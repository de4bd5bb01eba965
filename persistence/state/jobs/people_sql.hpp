#pragma once

#include <cstdint>
#include <string_view>

namespace carillon::sql {

/// Every statement on the tables of jobs, contacts, notifications and documents in state.db.
enum class people_query : uint8_t {
  insert_job,
  job_by_key,
  job_by_id,
  expired_jobs,
  waiting_companies,
  due_jobs,
  correct_times,
  lease_job,
  next_due,
  finish_job,
  release_jobs,
  set_job,
  retry_jobs,
  jobs,
  jobs_of_queue,
  jobs_in_state,
  jobs_of_company,
  pause_queue,
  resume_queue,
  queue_paused,
  paused_queues,
  count_jobs,
  trim_jobs,
  put_contact,
  contact,
  contacts_of_user,
  erase_contact,
  contacts,
  contacts_of_company,
  insert_mute,
  erase_mutes,
  mutes,
  notify_user,
  notify_company,
  notify_all,
  notifications,
  unread_notifications,
  count_unread,
  notification,
  read_notification,
  read_all,
  announced,
  note_announced,
  unannounced,
  trim_notifications,
  insert_document,
  document_by_id,
  document_by_key,
  documents,
  documents_of_company,
  old_documents,
  old_document,
  erase_document,
  count_,
};

/// The text of a statement.
std::string_view sql_of(people_query x) noexcept;

} // namespace carillon::sql
