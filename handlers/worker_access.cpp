#include "handlers/worker_access.hpp"

#include "messages/ask.hpp"

namespace carillon {

worker_access make_worker_access(caf::actor_system& sys, log_reader_actor reader,
                                 const state_handles& state, std::chrono::milliseconds deadline) {
  worker_access out;
  out.find_event = [&sys, reader, deadline](position seq) {
    return ask<event_ptr>(sys, reader, deadline, find_request{.seq = seq});
  };
  out.find_contact = [&sys, store = state.contacts, deadline](const get_contact& x) {
    return ask<contact>(sys, store, deadline, x);
  };
  out.contacts = [&sys, store = state.contacts, deadline](const list_contacts& x) {
    return ask<contact_list>(sys, store, deadline, x);
  };
  out.find_document = [&sys, store = state.documents, deadline](const get_document& x) {
    return ask<document>(sys, store, deadline, x);
  };
  out.add_document = [&sys, store = state.documents, deadline](const document& x) {
    return ask<document>(sys, store, deadline, carillon::add_document{x});
  };
  out.find_old_documents = [&sys, store = state.documents, deadline](const find_old_documents& x) {
    return ask<old_documents>(sys, store, deadline, x);
  };
  out.remove_documents = [&sys, store = state.documents, deadline](const remove_documents& x) {
    return ask<uint64_t>(sys, store, deadline, x);
  };
  out.enqueue = [&sys, store = state.jobs, deadline](const enqueue_jobs& x) {
    return ask<enqueued_jobs>(sys, store, deadline, x);
  };
  return out;
}

} // namespace carillon
