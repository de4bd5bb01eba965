#pragma once

#include "persistence/state/sql/database.hpp"

#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <unordered_map>

namespace carillon::sql {

/// The statements of one session, each prepared on first use.
class statement_cache {
public:
  explicit statement_cache(session& x) noexcept : session_(x) {
  }

  /// Binds the parameters and starts; texts must outlive the rows.
  template <class... Ts>
  rows query(const query_text& x, Ts&&... xs) {
    static_assert((!std::is_same_v<Ts, std::string> && ...), "would dangle");
    auto& s = get(x);
    s.reset();
    s.bind_all(xs...);
    return rows{s};
  }

  /// The same with any number of parameters.
  rows query_list(const query_text& x, std::span<const uint64_t> xs) {
    auto& s = get(x);
    s.reset();
    int index = 0;
    for (auto value : xs)
      s.bind(++index, value);
    return rows{s};
  }

  /// Runs it, at the latest with the commit.
  template <class... Ts>
  void run(const query_text& x, const Ts&... xs) {
    auto& s = get(x);
    s.reset();
    s.bind_all(xs...);
    rows all{s};
    s.execute();
  }

  /// Runs it at once; returns the number of changed rows.
  template <class... Ts>
  int64_t change(const query_text& x, const Ts&... xs) {
    run(x, xs...);
    return session_.changes();
  }

private:
  statement& get(const query_text& x) {
    auto& entry = all_[&x];
    if (!entry)
      entry = session_.prepare(x);
    return *entry;
  }

  session& session_;
  std::unordered_map<const query_text*, std::unique_ptr<statement>> all_;
};

} // namespace carillon::sql
