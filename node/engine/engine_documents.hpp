#pragma once

#include "handlers/documents/document_mover.hpp"
#include "handlers/documents/document_store.hpp"
#include "handlers/documents/document_trimmer.hpp"

#include <memory>
#include <optional>

namespace carillon {

/// The documents of an engine, and what works on them in the background.
struct engine_documents {
  /// Empty in an engine that follows.
  std::optional<document_store> store;
  /// Null if documents are kept for ever.
  std::unique_ptr<document_trimmer> trimmer;
  /// Moves files of documents into the database; null if there are none.
  std::unique_ptr<document_mover> mover;

  /// Ends writes that wait for the database.
  void stop_writes() const noexcept {
    if (store)
      store->stop_writes();
  }

  /// Ends the work in the background; documents can still be read.
  void end_work() {
    trimmer.reset();
    mover.reset();
  }
};

} // namespace carillon
