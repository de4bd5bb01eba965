#pragma once

#include "messages/events/event.hpp"
#include "messages/state_requests.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// A document made from an event, as the store records it. Its content is a file of the data
/// directory.
struct document {
  uint64_t id = 0;
  /// Unique: `order_sheet/<seq>`.
  std::string key;
  /// `order_sheet`.
  std::string kind;
  std::string company_id;
  std::string user_id;
  position event_seq = 0;
  /// File name of a download: `order-o-1.pdf`.
  std::string file_name;
  std::string content_type;
  uint64_t size = 0;
  /// SHA-256 of its content, lower case hex; also the name of its file.
  std::string sha256;
  timestamp created_at;
};

/// Adds a document whose file exists, or answers the document that has this key already.
struct add_document {
  document what;
};

/// Errors: `not_found` (also of another company).
struct get_document {
  /// Used unless 0.
  uint64_t id = 0;
  std::string key;
  std::optional<std::string> company_id;
};

/// Newest first.
struct list_documents {
  list_request page;
};

using document_page = page_of<document>;

/// Finds documents that may be removed, oldest first.
struct find_old_documents {
  /// Only this one, unless 0; else those made before …
  uint64_t id = 0;
  timestamp before;
  std::optional<std::string> company_id;
  /// 1–1000.
  size_t limit = 500;
};

struct old_document {
  document what;
  /// Other documents with the same file.
  uint64_t others = 0;
};

using old_documents = std::vector<old_document>;

/// Removes documents from the store, not their files. Answers how many were removed.
struct remove_documents {
  std::vector<uint64_t> ids;
  /// Without a `who` the retention removes them, which is not audited.
  operator_stamp by;
};

/// Asks to remove documents with their files: one, or all made before a time.
struct document_removal {
  uint64_t id = 0;
  timestamp before;
  std::optional<std::string> company_id;
  /// Without a `who` the retention asks.
  operator_stamp by;
};

} // namespace carillon
