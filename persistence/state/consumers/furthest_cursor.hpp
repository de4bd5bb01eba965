#pragma once

#include "persistence/state/sql/query_text.hpp"

namespace carillon::sql {

/// The greatest cursor of all consumers, or NULL. Stores compare it with the end of their log
/// before they open the state.
inline const sql_query furthest_cursor{"furthest_cursor", "SELECT max(cursor) FROM consumers"};

} // namespace carillon::sql
