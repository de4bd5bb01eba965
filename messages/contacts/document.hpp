#pragma once

#include "base/page.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/events/event.hpp"
#include "messages/list_request.hpp"
#include "messages/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// A document made from an event, as the store records it. Its content is elsewhere: with SQLite a
/// file of the data directory, with PostgreSQL a row of the database.
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
  /// SHA-256 of its content, lower case hex, by which the content is found.
  std::string sha256;
  timestamp created_at;
};

/// Adds a document whose content is kept, or answers the document that has this key already.
struct add_document {
  using answer = document;
  document what;
};

/// Errors: `not_found` (also of another company).
struct get_document {
  using answer = document;
  /// Used unless 0.
  uint64_t id = 0;
  std::string key;
  std::optional<std::string> company_id;
};

using document_page = page_of<document>;

/// Newest first.
struct list_documents {
  using answer = document_page;
  list_request page;
};

/// A document that may be removed.
struct old_document {
  document what;
  /// Other documents with the same content.
  uint64_t others = 0;
};

using old_documents = std::vector<old_document>;

/// Finds documents that may be removed, oldest first.
struct find_old_documents {
  using answer = old_documents;
  /// Only this one, unless 0; else those made before …
  uint64_t id = 0;
  timestamp before;
  std::optional<std::string> company_id;
  /// 1–1000.
  size_t limit = 500;
};

/// Removes the records of documents; the caller removes the contents. Answers how many there were.
struct remove_documents {
  using answer = uint64_t;
  std::vector<uint64_t> ids;
  /// Without a `who` the retention removes them, which is not audited.
  operator_stamp by;
};

/// Asks to remove documents with their contents: one, or all made before a time.
struct document_removal {
  uint64_t id = 0;
  timestamp before;
  std::optional<std::string> company_id;
  /// Without a `who`, the retention asks.
  operator_stamp by;
};

/// Requests about documents that the state actor answers.
using document_requests
  = request_list<add_document, get_document, list_documents, find_old_documents, remove_documents>;

} // namespace carillon
