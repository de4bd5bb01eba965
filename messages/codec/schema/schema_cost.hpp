#pragma once

#include "base/failure.hpp"
#include "messages/codec/schema/schema_node.hpp"

#include <map>
#include <optional>
#include <string>

namespace carillon {

/// Adds up the cost of checking values by schemas, with references expanded, and finds recursive
/// schemas. A schema that passes can still be too costly for a large event: `schema_checker` counts
/// its steps.
class schema_appraiser {
public:
  /// Rejects a schema that checks one value in more than 256 ways, has more than 10,000 schemas or
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

  /// Empty while the cost is computed.
  std::map<const schema_node*, std::optional<cost>> known_;
};

} // namespace carillon
