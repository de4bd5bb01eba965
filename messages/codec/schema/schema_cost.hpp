#pragma once

#include "base/failure.hpp"
#include "messages/codec/schema/schema_node.hpp"

#include <map>
#include <optional>
#include <string>

namespace carillon {

/// Adds up what it takes to check values by schemas, with references expanded, and finds those that
/// refer to themselves. What passes can still be too much for a large event: `schema_checker`
/// counts its steps.
class schema_appraiser {
public:
  /// Refuses a schema that checks one value in more than 256 ways, has more than 10,000 schemas or
  /// 200 levels. Errors: `invalid_argument`, field `schema`; `path` is for its text.
  expected<void> appraise(const schema_node& x, const std::string& path);

private:
  struct cost {
    size_t schemas = 1;
    /// Schemas that one value is checked by.
    size_t ways = 1;
    size_t levels = 1;
  };

  expected<cost> of(const schema_node& x, const std::string& path);
  expected<void> add(cost& to, const schema_node* part, bool same_value, const std::string& path);

  /// Empty while it is being added up.
  std::map<const schema_node*, std::optional<cost>> known_;
};

} // namespace carillon
