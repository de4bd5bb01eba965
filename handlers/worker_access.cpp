#include "handlers/worker_access.hpp"

#include "messages/ask.hpp"

namespace carillon {

worker_access make_worker_access(caf::actor_system& sys, log_reader_actor reader,
                                 people_state_actor state, std::chrono::milliseconds deadline) {
  worker_access out;
  out.find_event = [&sys, reader, deadline](position seq) {
    return ask<event_ptr>(sys, reader, deadline, find_request{.seq = seq});
  };
  out.find_contact = [&sys, state, deadline](const get_contact& x) {
    return ask<contact>(sys, state, deadline, x);
  };
  out.contacts = [&sys, state, deadline](const list_contacts& x) {
    return ask<contact_list>(sys, state, deadline, x);
  };
  out.find_document = [&sys, state, deadline](const get_document& x) {
    return ask<document>(sys, state, deadline, x);
  };
  out.add_document = [&sys, state, deadline](const document& x) {
    return ask<document>(sys, state, deadline, carillon::add_document{x});
  };
  out.find_old_documents = [&sys, state, deadline](const find_old_documents& x) {
    return ask<old_documents>(sys, state, deadline, x);
  };
  out.remove_documents = [&sys, state, deadline](const remove_documents& x) {
    return ask<uint64_t>(sys, state, deadline, x);
  };
  out.enqueue = [&sys, state, deadline](const enqueue_jobs& x) {
    return ask<enqueued_jobs>(sys, state, deadline, x);
  };
  return out;
}

} // namespace carillon
