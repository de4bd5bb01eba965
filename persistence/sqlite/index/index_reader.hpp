#pragma once

#include "messages/events/filter.hpp"
#include "messages/events/log_requests.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/index/candidates.hpp"
#include "persistence/sqlite/index/id_key.hpp"
#include "persistence/sqlite/index/index_file.hpp"

#include <memory>
#include <optional>

namespace carillon::sqlite {

/// A connection to index.db that reads. Calls throw SQLite::Exception.
class index_reader {
public:
  explicit index_reader(const connection_options& x)
    : db_(x), sql_(db_.handle()), pool_(sql_), names_(name_key_of(db_)) {
  }

  connection& db() noexcept {
    return db_;
  }

  statement_cache<index_query>& sql() noexcept {
    return sql_;
  }

  /// Of a company or a source, as this file has it.
  int64_t hash_of(std::string_view name) const noexcept {
    return name_hash(names_, name);
  }

  /// Everything up to here is indexed. The first call in a transaction takes the snapshot.
  position cursor();

  /// Candidates for a filter up to `cursor`.
  candidates select(const event_filter& filter, sort_order order, position cursor);

private:
  /// Types that the patterns match; empty if they are too many to be worth it.
  std::optional<std::vector<std::string>> types_of(const event_filter& filter);

  connection db_;
  statement_cache<index_query> sql_;
  statement_pool pool_;
  sip_key names_;
};

/// True if the index narrows the filter down.
bool is_indexed(const event_filter& filter) noexcept;

} // namespace carillon::sqlite
