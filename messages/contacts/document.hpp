#pragma once

#include "base/page.hpp"
#include "messages/consumers/rows.hpp"
#include "messages/events/event.hpp"
#include "messages/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// A file that was made of an event, as the store knows it. Its bytes are a file of the data
/// directory.
struct document {
  uint64_t id = 0;
  /// Once per key: `order_sheet/<seq>`.
  std::string key;
  /// `order_sheet`.
  std::string kind;
  std::string company_id;
  std::string user_id;
  position event_seq = 0;
  /// What a download is called: `order-o-1.pdf`.
  std::string file_name;
  std::string content_type;
  uint64_t size = 0;
  /// Of its bytes, lower case hex; also the name of its file.
  std::string sha256;
  timestamp created_at;
};

/// Adds a document whose file is there, or answers the one that has this key already.
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

struct old_document {
  document what;
  /// Documents that have the same file, besides this one.
  uint64_t others = 0;
};

using old_documents = std::vector<old_document>;

/// Which documents may go, oldest first.
struct find_old_documents {
  using answer = old_documents;
  /// Only this one, unless 0; else those made before …
  uint64_t id = 0;
  timestamp before;
  std::optional<std::string> company_id;
  /// 1–1000.
  size_t limit = 500;
};

/// Forgets documents; their files are somebody else's matter. Answers how many there were.
struct remove_documents {
  using answer = uint64_t;
  std::vector<uint64_t> ids;
  /// Without a `who` it is the retention, of which the audit log does not tell.
  operator_stamp by;
};

/// Asks for documents to go, with their files: one, or all that were made before then.
struct document_removal {
  uint64_t id = 0;
  timestamp before;
  std::optional<std::string> company_id;
  /// Without a `who` it is the retention.
  operator_stamp by;
};

/// What the state actor answers about documents.
using document_requests
  = request_list<add_document, get_document, list_documents, find_old_documents, remove_documents>;

} // namespace carillon
