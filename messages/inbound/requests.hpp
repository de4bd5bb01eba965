#pragma once

#include "base/time.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/inbound/source.hpp"
#include "messages/request.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// A source as it is stored.
struct inbound_record {
  inbound_source source;
  /// The secret, sealed by the node's key, and when it was given.
  std::string sealed;
  timestamp sealed_at;
  /// The one before it, and until when it is valid; empty if there is none.
  std::string old_sealed;
  std::optional<timestamp> old_expires_at;
  timestamp created_at;
  timestamp updated_at;
};

using inbound_records = std::vector<inbound_record>;
using inbound_records_ptr = std::shared_ptr<const inbound_records>;

// -- requests to the state actor ------------------------------------------------

/// All sources, by name.
struct list_inbound {
  using answer = inbound_records_ptr;
};

/// Stores a source: one of this name is replaced if it is the same company's. The same again
/// changes nothing. Errors: `conflict` (it is another company's), `quota_exceeded`, `overloaded`
/// (there are as many as there may be).
struct store_inbound {
  using answer = inbound_record;
  inbound_source source;
  /// Empty = the secrets stay.
  std::string sealed;
  operator_stamp by;
};

/// Puts a secret before the present one, which is valid for some time yet. Errors: `not_found`.
struct rotate_inbound {
  using answer = inbound_record;
  std::string name;
  /// Empty optional = of any company.
  std::optional<std::string> company_id;
  std::string sealed;
  timestamp old_expires_at;
  operator_stamp by;
};

/// Deletes a source with its secrets. Errors: `not_found`, also for another company's.
struct delete_inbound {
  using answer = void;
  std::string name;
  /// Empty optional = of any company.
  std::optional<std::string> company_id;
  operator_stamp by;
};

// -- requests to the inbound keeper ---------------------------------------------

/// A source after a change, and its secret if the node has just made it: it is shown once.
struct changed_inbound {
  inbound_record record;
  std::string made_secret;
  /// There was none of this name.
  bool created = false;
};

/// Sets a source up. Errors: those of `store_inbound`, `invalid_argument`.
struct put_inbound {
  using answer = changed_inbound;
  inbound_source source;
  /// Empty = the present one stays, or the node makes one for a new source.
  std::string secret;
  operator_stamp by;
};

/// Gives a source another secret. Errors: those of `rotate_inbound`, `invalid_argument`.
struct rotate_inbound_secret {
  using answer = changed_inbound;
  std::string name;
  /// Empty optional = of any company.
  std::optional<std::string> company_id;
  /// Empty = the node makes one.
  std::string secret;
  /// How long the present one is valid yet.
  std::chrono::seconds grace{86'400};
  operator_stamp by;
};

/// Requests about sources that the state actor answers.
using inbound_requests = request_list<list_inbound, store_inbound, rotate_inbound, delete_inbound>;

/// Changes of sources, which the INBOUND KEEPER makes.
using inbound_changes = request_list<put_inbound, rotate_inbound_secret, delete_inbound>;

} // namespace carillon
