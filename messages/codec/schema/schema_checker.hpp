#pragma once

#include "base/failure.hpp"
#include "messages/codec/schema/schema_node.hpp"

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace carillon {

/// Checks a value against a schema within a number of steps. Each applied schema, each member
/// look-up and some bytes of text count as one. A check that costs more is rejected, so that
/// callers never wait long; see docs/adr/0016. For one value.
class schema_checker {
public:
  explicit schema_checker(size_t steps) : steps_(steps) {
  }

  /// Errors: `schema_violation` with the place, `too_large` if the steps do not suffice.
  expected<void> check(const compiled_schema& schema, const rapidjson::Value& data);

private:
  using value = rapidjson::Value;

  /// Place in the data that is being checked.
  struct place {
    const place* parent = nullptr;
    std::string_view name;
    size_t index = 0;
  };

  bool spend(size_t steps);
  bool fail(const place& at, std::string_view keyword);
  bool fail_missing(const place& at, std::string_view name);
  bool fits(const schema_node& rules, const value& x, const place& at);
  bool quietly_fits(const schema_node& rules, const value& x, const place& at);
  bool fits_constants(const schema_node& rules, const value& x, const place& at);
  bool fits_number(const schema_node& rules, const value& x, const place& at);
  bool fits_string(const schema_node& rules, const value& x, const place& at);
  bool fits_array(const schema_node& rules, const value& x, const place& at);
  bool fits_contains(const schema_node& rules, const value& x, const place& at);
  bool has_unique_items(const value& x);
  bool fits_object(const schema_node& rules, const value& x, const place& at);
  bool fits_member(const schema_node& rules, std::string_view name, const value& x, const place& at,
                   size_t& required);
  bool has_required(const schema_node& rules, const value& x, const place& at);
  bool fits_dependencies(const schema_node& rules, const value& x, const place& at);
  bool fits_combined(const schema_node& rules, const value& x, const place& at);
  bool fits_one(const schema_node& rules, const value& x, const place& at);
  bool equals(const schema_constant& wanted, const value& x);

  size_t steps_;
  bool exhausted_ = false;
  /// Above 0 within `not`, `anyOf` and the like, where a mismatch need not be an error.
  size_t quiet_ = 0;
  failure fault_;
  std::string scratch_;
};

} // namespace carillon
