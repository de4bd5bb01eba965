#include "base/failure.hpp"

#include <array>
#include <stdexcept>

namespace carillon {

namespace {

struct entry {
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array entries{
  entry{"none", "No error"},
  entry{"invalid_argument", "A parameter is missing or out of range"},
  entry{"malformed_json", "The text is not valid JSON"},
  entry{"schema_violation", "The event does not match its type"},
  entry{"unknown_type", "The event type is not registered"},
  entry{"not_found", "There is no such thing"},
  entry{"conflict", "The request contradicts what is already stored"},
  entry{"unauthenticated", "Valid credentials are required"},
  entry{"forbidden", "These credentials do not permit this"},
  entry{"too_large", "The request exceeds a limit"},
  entry{"unsupported_media_type", "The content type is not supported here"},
  entry{"method_not_allowed", "The method is not allowed here"},
  entry{"overloaded", "The node is overloaded, retry after a pause"},
  entry{"store_unavailable", "The store is not available, retry after a pause"},
  entry{"store_corrupt", "The store is damaged"},
  entry{"store_too_new", "The store was written by a newer version"},
  entry{"store_locked", "The store is in use by another process"},
  entry{"timeout", "The deadline passed before there was an answer"},
  entry{"shutting_down", "The node is shutting down"},
  entry{"handler_failed", "The handler failed"},
  entry{"internal", "An internal error occurred"},
  entry{"store_refused", "The store does not take this until an operator mends it"},
  entry{"quota_exceeded", "This caller has used up its share, retry after a pause"},
};

static_assert(entries.size() == static_cast<size_t>(ec::count_), "describe every error code");

const entry& entry_of(ec code) noexcept {
  static constexpr entry unknown{"unknown", "An unknown error occurred"};
  auto index = static_cast<size_t>(code);
  return index < entries.size() ? entries[index] : unknown;
}

} // namespace

std::string_view name_of(ec code) noexcept {
  return entry_of(code).name;
}

std::string_view sentence_of(ec code) noexcept {
  return entry_of(code).sentence;
}

std::string to_string(ec code) {
  return std::string{name_of(code)};
}

void throw_exception_from_error(const failure& x, const boost::source_location&) {
  throw std::runtime_error(std::string{name_of(x.code)} + ": " + x.detail);
}

} // namespace carillon
