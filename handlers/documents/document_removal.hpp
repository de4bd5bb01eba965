#pragma once

#include "handlers/documents/document_store.hpp"
#include "handlers/worker_access.hpp"

#include <atomic>

namespace carillon {

/// Deletes documents and their files; returns their number. A file is deleted before its row: after
/// a crash in between the row remains until the next call. A file shared by documents of other
/// events stays until the last one is removed.
///
/// A job that needs a deleted document makes it anew, such as a replay to `handler/email`, since
/// events stay.
/// @param stop once true, the remaining documents stay; may be null
/// Errors: `not_found` (no document with this id, or it belongs to another company),
/// `store_unavailable`, those of `access`. Blocks; any thread.
expected<uint64_t> delete_documents(const worker_access& access, const document_store& store,
                                    const document_removal& what,
                                    const std::atomic<bool>* stop = nullptr);

} // namespace carillon
