#pragma once

#include "base/json/writer.hpp"
#include "base/text/number.hpp"
#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"
#include "messages/events/log_history.hpp"
#include "messages/events/log_requests.hpp"
#include "net/admin/call.hpp"

#include <optional>
#include <utility>

namespace carillon::admin {

/// Reads the query parameters of a call and keeps the first fault, so that a handler reads all
/// parameters and checks once. A bound caller's company is forced.
class query_reader {
public:
  explicit query_reader(const call& c) : call_(c) {
  }

  /// `limit`, 1 to `most`.
  size_t limit(size_t otherwise = 100, size_t most = 1'000);

  /// `order`: `asc` or `desc` (default).
  sort_order order();

  /// `cursor`, checked against this list.
  std::optional<uint64_t> cursor();

  /// The same for a list whose cursor is two numbers.
  std::optional<std::pair<uint64_t, uint64_t>> cursor_pair();
  void put_next_pair(json_writer& out, std::optional<std::pair<uint64_t, uint64_t>> x) const;

  /// The same for a list whose cursor is a text; empty at its begin.
  std::string cursor_text();
  void put_next_text(json_writer& out, std::string_view x) const;

  /// Writes `nextCursor`: the `cursor` of the next page, `null` at the end.
  void put_next(json_writer& out, std::optional<uint64_t> number) const;

  /// The `cursor` of the page beyond the number.
  std::string cursor_of(uint64_t number) const;

  /// A free text of at most 512 bytes, under any name; may be empty.
  std::optional<std::string> text(std::string_view name);

  /// `true`, `1`, `false` (default) or `0`, under any name.
  bool flag(std::string_view name);

  /// A position of the log, under any name.
  std::optional<uint64_t> position(std::string_view name);

  /// The same, maybe with the history that it is of.
  std::optional<history_position> place(std::string_view name);

  /// `companyId`; `forbidden` if it differs from the caller's own.
  std::optional<std::string> company();

  /// A date or a time, under any name.
  std::optional<timestamp> date(std::string_view name);

  /// `startDate` and `endDate`, in order.
  void range(std::optional<timestamp>& from, std::optional<timestamp>& to);

  /// `bucket`: `hour` or `day`.
  stats_bucket bucket();

  /// `types`, `companyId`, `userId`, `correlationId`, `startDate`, `endDate`.
  event_filter filter();

  /// An identifier of at most `most` bytes, under any name.
  std::optional<std::string> identifier(std::string_view name,
                                        size_t most = event_limits::source_bytes);

  /// The first fault.
  const std::optional<failure>& fault() const noexcept {
    return fault_;
  }

private:
  const std::string* find(std::string_view name) const;
  void fail(ec code, std::string_view field, std::string detail);
  uint64_t list() const;

  const call& call_;
  std::optional<failure> fault_;
};

} // namespace carillon::admin
