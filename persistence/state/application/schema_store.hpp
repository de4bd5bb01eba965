#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/consumers/sql_statement.hpp"

#include <span>

namespace carillon {

/// The part of the state store for an application's own tables; see `state_store`.
class schema_store {
public:
  virtual ~schema_store() = default;

  /// Applies the steps that were not applied yet, each in one transaction. Nothing happens without
  /// steps. Errors: `invalid_argument` for versions that do not ascend, and for a step that fails
  /// or touches what is not the application's; `conflict` for a step that was changed after it was
  /// applied; `store_too_new` if a newer version of the application was here. The field is
  /// `schema`, the detail is for the operator.
  virtual expected<void> apply(std::span<const schema_step> steps, timestamp now) = 0;
};

} // namespace carillon
