#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace carillon {

/// Bytes; databases tell them and text apart.
struct sql_blob {
  std::string bytes;
};

/// A parameter: NULL, or a value. On PostgreSQL a text is UTF-8 without NUL.
using sql_value = std::variant<std::monostate, int64_t, double, std::string, sql_blob>;

/// An effect of a handler of an application: a change of the application's own tables, which
/// commits with the handler's cursor, so that it takes place exactly once per event. The statements
/// of an event take place together or not at all. If one of them fails, the event has failed: it is
/// tried again by the schedule of its consumer. Other events, and other consumers, are committed.
/// The same holds for replayed events, but after a crash a replay may repeat an event.
///
/// Effects of `engine::subscribe_effects`, and of actors with the order `none` or `per_key`.
///
/// Only code in the process of the engine can make one, and it is trusted: the tables beside those
/// of `engine_options::schema` are the engine's, and must not be touched.
struct sql_statement {
  /// One `INSERT`, `UPDATE`, `DELETE`, `SELECT` or `WITH`, in the dialect of the store, with
  /// parameters `?1`, `?2` … on both. Up to 256 texts of a store stay prepared: put values into
  /// the parameters, not into the text.
  std::string text;
  /// Values of `?1`, `?2` …
  std::vector<sql_value> parameters;
};

/// One step towards an application's own tables.
struct schema_step {
  /// > 0; steps are given in ascending order.
  uint32_t version = 0;
  /// Statements, in the dialect of the store; applied once, in one transaction. Tables, indexes,
  /// views and triggers have names that begin with `app_`.
  std::string sql;
};

} // namespace carillon
