#pragma once

#include "handlers/documents/document_store.hpp"
#include "handlers/people_access.hpp"

#include <atomic>

namespace carillon {

/// Deletes documents and their files; answers how many. A file goes before its row: after a crash
/// in between the row is there still, and goes the next time. A file that other documents share,
/// the same bytes made of another event, stays until the last of them goes.
///
/// What is gone is made anew by a job that needs it, such as a replay to `handler/email`: events
/// stay.
/// @param stop once true, what is left stays; may be null
/// Errors: `not_found` (there is no document of this id, also if it is of another company),
/// `store_unavailable`, those of `access`. Blocks; any thread.
expected<uint64_t> delete_documents(const people_access& access, const document_store& store,
                                    const document_removal& what,
                                    const std::atomic<bool>* stop = nullptr);

} // namespace carillon
