#pragma once

#include "persistence/state/database.hpp"

#include <array>
#include <memory>
#include <span>
#include <string>
#include <type_traits>

namespace carillon::sql {

/// The statements of one session, each prepared on first use. `Query` is an enumeration that ends
/// in `count_`; `sql_of(Query)` has the texts. Since nothing else prepares statements, a test that
/// walks the enumeration sees all of them.
template <class Query>
class statement_cache {
public:
  explicit statement_cache(session& x) noexcept : session_(x) {
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

  /// The same with any number of parameters.
  rows query_list(Query x, std::span<const uint64_t> xs) {
    auto& s = get(x);
    s.reset();
    int index = 0;
    for (auto value : xs)
      s.bind(++index, value);
    return rows{s};
  }

  /// Runs it, at the latest with the commit.
  template <class... Ts>
  void run(Query x, const Ts&... xs) {
    auto& s = get(x);
    s.reset();
    s.bind_all(xs...);
    rows all{s};
    s.execute();
  }

  /// Runs it at once; returns the number of changed rows.
  template <class... Ts>
  int64_t change(Query x, const Ts&... xs) {
    run(x, xs...);
    return session_.changes();
  }

private:
  statement& get(Query x) {
    auto& entry = all_.at(static_cast<size_t>(x));
    if (!entry)
      entry = session_.prepare(sql_of(x));
    return *entry;
  }

  session& session_;
  std::array<std::unique_ptr<statement>, static_cast<size_t>(Query::count_)> all_;
};

} // namespace carillon::sql
