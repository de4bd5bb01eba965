#pragma once

#include "messages/codec/payload_view.hpp"
#include "messages/events/event.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon {

/// The `data` of an event as texts for readers: one line each, UTF-8, without control characters,
/// and bounded. A member that is missing or of another kind is empty. Valid until its thread parses
/// another event.
class event_text {
public:
  explicit event_text(const event& x);

  const event& get() const noexcept {
    return event_;
  }

  /// A string, cut to whole characters within `bytes`; of a member whose name ends with `Id`, as
  /// `id_text`.
  std::string text(std::string_view name, size_t bytes = 128) const;

  /// A whole number.
  std::string count(std::string_view name) const;

  /// An amount of money with the currency that `data` names, such as `12.50 EUR`.
  std::string amount(std::string_view name) const;

  /// A time, such as `2026-11-23 05:35 UTC`.
  std::string moment(std::string_view name) const;

  /// The path for an id in `data`; see `link_to`.
  std::string link(std::string_view prefix, std::string_view name) const;

private:
  std::string whole_text(const payload_member& x, size_t bytes) const;

  const event& event_;
  payload_view data_;
};

/// A link: `prefix`, then the id as one path segment. Empty if the id is empty, too long for a
/// link, `.` or `..` (RFC 3986 gives these two a special meaning).
std::string link_to(std::string_view prefix, std::string_view id);

} // namespace carillon
