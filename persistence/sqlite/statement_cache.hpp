#pragma once

#include "persistence/sqlite/statement.hpp"

#include <array>
#include <memory>
#include <optional>
#include <type_traits>

namespace carillon::sqlite {

/// The statements of one connection, each prepared on first use. `Query` is an
/// enumeration that ends in `count_`; `sql_of(Query)` has the texts. Since nothing
/// else prepares statements, a test that walks the enumeration sees all of them.
template <class Query>
class statement_cache {
public:
  explicit statement_cache(sqlite3* db) noexcept : db_(db) {
  }

  /// The statement itself, for hot paths that bind and reset by hand.
  statement& get(Query x) {
    auto& entry = all_.at(static_cast<size_t>(x));
    if (!entry)
      entry.emplace(db_, sql_of(x));
    return *entry;
  }

  /// Binds the parameters and starts; texts must outlive the rows.
  template <class... Ts>
  rows query(Query x, Ts&&... xs) {
    static_assert((!std::is_same_v<Ts, std::string> && ...), "would dangle");
    auto& s = get(x);
    s.reset();
    s.bind_all(xs...);
    return rows{s};
  }

  /// Runs to the end; returns the number of changed rows.
  template <class... Ts>
  int run(Query x, const Ts&... xs) {
    auto& s = get(x);
    s.reset();
    s.bind_all(xs...);
    rows all{s};
    while (all.next()) {
    }
    return sqlite3_changes(db_);
  }

  /// A separate statement, for overlapping uses.
  std::unique_ptr<statement> prepare(Query x) const {
    return std::make_unique<statement>(db_, sql_of(x));
  }

private:
  sqlite3* db_;
  std::array<std::optional<statement>, static_cast<size_t>(Query::count_)> all_;
};

} // namespace carillon::sqlite
