#pragma once

#include "base/failure.hpp"
#include "messages/access/audit.hpp"
#include "messages/events/event.hpp"
#include "messages/events/log_requests.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// SHA-256 over an event as it is stored, 64 lower case hexadecimal digits: over
///
///     seq, time, recorded_at, audience, hops   (each: 8 bytes, big endian; times in microseconds)
///     id, source, type, company_id, user_id, correlation_id, causation_id, traceparent, metadata,
///     data
///                                              (each: 8 bytes length, then the bytes)
///
/// The audit row of an event holds it, so that the chain covers the log as well. Empty if OpenSSL
/// fails.
std::optional<std::string> try_event_digest(const event& x);

/// The same, for handlers of events; throws std::runtime_error if OpenSSL fails.
std::string event_digest(const event& x);

/// Why there is no digest.
failure no_event_digest();

/// Beginning of the detail of an event's audit row; the digest follows.
inline constexpr std::string_view audited_digest = R"({"digest":")";

/// Reads a page of the log.
using log_pages = std::function<expected<event_page>(const read_request&)>;

/// The first of these events that is missing from the log or has changed; empty if all are
/// unchanged. Reads pages of the log in ascending order. Errors: those of `read`, `internal`
/// (OpenSSL fails).
expected<std::optional<position>> first_changed(std::vector<audited_event> xs,
                                                const log_pages& read);

/// The first position missing from the log although later ones exist; empty if it has all from 1
/// on. Reads the whole log. Errors: those of `read`.
expected<std::optional<position>> first_gap(const log_pages& read);

} // namespace carillon
