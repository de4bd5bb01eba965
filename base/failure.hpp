#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// Error codes of Carillon. Values are wire format: append, never reorder.
/// The name of an enumerator is the `code` of an HTTP problem document.
enum class ec : uint8_t {
  /// No error; reserved.
  none = 0,
  /// A parameter is missing or outside of its documented range.
  invalid_argument,
  /// The text is not JSON as RFC 8259 defines it, or exceeds a structural limit.
  malformed_json,
  /// The event does not match the description of its type.
  schema_violation,
  /// The event type is not in the catalogue.
  unknown_type,
  /// No such thing, or not one that the caller may see.
  not_found,
  /// The request contradicts what is already stored.
  conflict,
  /// No credentials, or credentials that are not valid.
  unauthenticated,
  /// Valid credentials that do not permit this.
  forbidden,
  /// A body, header, item or batch exceeds its limit.
  too_large,
  /// This call does not accept the content type.
  unsupported_media_type,
  /// The path exists, but not for this method.
  method_not_allowed,
  /// Too much in flight; retry after a pause.
  overloaded,
  /// The store rejected or lost the write; a retry may succeed.
  store_unavailable,
  /// The store is damaged and was not opened.
  store_corrupt,
  /// The store was written by a newer version of Carillon.
  store_too_new,
  /// Another process uses the data directory.
  store_locked,
  /// The deadline passed before there was an answer.
  timeout,
  /// The node is stopping.
  shutting_down,
  /// A handler reported a failure, threw, or did not answer in time.
  handler_failed,
  /// A defect in Carillon; the log says more.
  internal,
  /// The store rejects the operation: a retry is useless until an operator has repaired the store.
  store_refused,
  /// This caller, or its company, has used up its share. Retry after a pause.
  quota_exceeded,
  /// Number of codes, not an error.
  count_,
};

/// Returns the name of the enumerator, e.g. `overloaded`.
std::string_view name_of(ec code) noexcept;

/// Returns one English sentence without full stop that says what the code means.
std::string_view sentence_of(ec code) noexcept;

/// The name as a string; CAF renders error codes through it.
std::string to_string(ec code);

/// An error with its particulars.
struct failure {
  ec code = ec::internal;
  /// The fault, the value at fault, and what to do. Shown to clients: no exception text, SQL or
  /// path.
  std::string detail;
  /// The field or parameter at fault, e.g. `data.orderId`; empty if none is.
  std::string field;

  friend bool operator==(const failure&, const failure&) = default;
};

/// Boost.System calls this when a caller takes the value of a failed result.
[[noreturn]] void throw_exception_from_error(const failure& x, const boost::source_location& where);

/// A value or a failure.
template <class T>
using expected = boost::system::result<T, failure>;

} // namespace carillon
