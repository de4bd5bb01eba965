#pragma once

#include "persistence/segments/file_layer.hpp"

#include <atomic>
#include <memory>

namespace carillon::sqlite {

/// Files whose syncs are gathered, for a log that is copied: a frame of it needs not be on disk
/// before the next is written, since the copy begins anew after a power cut.
/// @param failed gets the error of a sync that fails. Frames that were taken for written are lost
/// then, and the writer, who goes on in another file, does not know it.
/// @param bytes_at_a_time written to a file between two syncs of it
std::shared_ptr<segments::file_layer> gather_syncs(std::shared_ptr<segments::file_layer> files,
                                                   std::shared_ptr<std::atomic<int>> failed,
                                                   uint64_t bytes_at_a_time = 32UL * 1024 * 1024);

/// Syncs every file, and their directory. 0, or the error.
int sync_all(segments::file_layer& files);

} // namespace carillon::sqlite
