#pragma once

#include "base/failure.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace carillon {

/// What a payload filter looks at. The texts outlive the call.
struct filter_subject {
  std::string_view id;
  std::string_view type;
  std::string_view source;
  std::string_view company_id;
  std::string_view user_id;
  std::string_view correlation_id;
  std::string_view causation_id;
  /// JSON object that was checked when it came in.
  std::string_view data = "{}";
};

/// Limits of a payload filter.
struct payload_filter_limits {
  /// Of its text.
  static constexpr size_t bytes = 8'192;
  /// `$eq`, `$and` and so on, and each value that stands for `$eq`.
  static constexpr size_t operators = 64;
  /// Filters within each other, by `$and`, `$or` and `$not`.
  static constexpr size_t depth = 8;
  /// Values of `$in` and `$nin`, and filters of `$and` and `$or`.
  static constexpr size_t list = 100;
  static constexpr size_t text_bytes = 512;
  static constexpr size_t path_bytes = 256;
  static constexpr size_t path_parts = 16;
};

class filter_program;

/// Selects events by what is in them: the language of docs/filters.md, for webhooks, consumers,
/// sessions and queries. Compiled once, shared by its copies, and immutable: any thread. A match is
/// one pass over `data`, and none if the filter does not look into it.
class payload_filter {
public:
  /// Selects every event.
  payload_filter() = default;

  /// Errors: `invalid_argument` or `malformed_json`. The field is `field` and the JSON pointer of
  /// the place at fault within the filter, as in `filter/$or/1/data.total/$gtt`.
  static expected<payload_filter> parse(std::string_view json, std::string_view field = "filter");

  bool is_everything() const noexcept {
    return program_ == nullptr;
  }

  /// True if the filter selects the event. On any thread; reads no more of the data than it names.
  bool matches(const filter_subject& x) const;

  /// As it was given, without blanks between its parts; `{}` if it selects everything.
  const std::string& text() const noexcept;

  /// Selects what both select. Its text may exceed the limits, and is not to be stored.
  friend payload_filter both(const payload_filter& a, const payload_filter& b);

  /// The same text.
  friend bool operator==(const payload_filter& a, const payload_filter& b) noexcept {
    return a.program_ == b.program_ || a.text() == b.text();
  }

private:
  std::shared_ptr<const filter_program> program_;
};

} // namespace carillon
