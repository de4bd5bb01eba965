#pragma once

namespace carillon {

// A request is a struct that names its answer:
//
//   struct cancel_job {
//     using answer = job; // or void: that it is done
//     uint64_t id = 0;
//   };
//
// The requests of a capability form one list beside them. Derived from the lists are the interface
// of the actor (messages/request_actor.hpp), the permitted message types, and the check that the
// actor answers each of them.

template <class... Requests>
struct request_list {};

} // namespace carillon
