#pragma once

namespace carillon {

// A request is a struct that names what it is answered with:
//
//   struct cancel_job {
//     using answer = job; // or void: that it is done
//     uint64_t id = 0;
//   };
//
// The requests of a capability are in one list beside them. From the lists are derived: the
// interface of the actor (messages/request_actor.hpp), what may be a message, and the check that
// the actor answers each of them.

template <class... Requests>
struct request_list {};

} // namespace carillon
