#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace carillon::sql {

enum class row_count : uint8_t {
  /// All rows are fetched at once.
  few,
  /// Rows are fetched a page at a time: there may be very many, and the reader may stop early.
  many,
};

/// A statement of the state store, in the spelling of each database. Only these can be prepared,
/// and each registers itself for the life of the process: so a test that explains all registered
/// ones has seen every statement. Defined before `main` beside the function that runs it, as a
/// `sql_query`.
class query_text {
public:
  query_text(const query_text&) = delete;
  query_text& operator=(const query_text&) = delete;

  /// Every statement of this process, by name. Not before `main`.
  static std::vector<const query_text*> registered();

  /// Unique.
  const std::string_view name;
  /// For SQLite, with parameters `?1`, `?2` …
  const std::string_view text;
  /// For PostgreSQL, with parameters `$1`, `$2` …
  const std::string_view text_for_postgres;
  const bool streams;

protected:
  /// The texts must live as long as the process.
  query_text(std::string_view name_, std::string_view text_, std::string_view text_for_postgres_,
             row_count rows) noexcept
    : name(name_), text(text_), text_for_postgres(text_for_postgres_),
      streams(rows == row_count::many), next_(first_) {
    first_ = this;
  }
  ~query_text() = default;

private:
  static inline constinit const query_text* first_ = nullptr;
  const query_text* next_;
};

/// A text with parameters `?1`, `?2` …, and the same with `$1`, `$2` …, which is made when the
/// source is compiled. A text that PostgreSQL would not accept, because of a construct of SQLite
/// only, does not compile: it needs a spelling for each.
template <size_t N>
struct common_text {
  // NOLINTNEXTLINE(modernize-avoid-c-arrays): the type of a literal
  consteval common_text(const char (&x)[N]) : for_sqlite{x, N - 1} {
    for (const std::string_view only : {"$", "INDEXED BY", "CROSS JOIN"})
      if (for_sqlite.find(only) != std::string_view::npos)
        throw "needs a spelling for each database";
    for (size_t i = 0; i < N; ++i) {
      if (x[i] == '?' && (x[i + 1] < '1' || x[i + 1] > '9'))
        throw "a parameter without a number";
      for_postgres[i] = x[i] == '?' ? '$' : x[i];
    }
  }

  std::string_view for_sqlite;
  std::array<char, N> for_postgres{};
};

/// The definition of a statement:
///
///     const sql_query erase_key{"erase_key", "DELETE FROM api_keys WHERE id = ?1"};
///     const sql_query count{"count", "SELECT … INDEXED BY …", "SELECT …"};
///
/// The second form has a text of its own for PostgreSQL; its parameters are written `?1`, too.
template <size_t N>
class sql_query : common_text<N>, public query_text {
public:
  sql_query(std::string_view name_, common_text<N> x, row_count rows = row_count::few) noexcept
    : common_text<N>(x),
      query_text(name_, x.for_sqlite, {common_text<N>::for_postgres.data(), N - 1}, rows) {
  }

  sql_query(std::string_view name_, std::string_view text_, common_text<N> x) noexcept
    : common_text<N>(x),
      query_text(name_, text_, {common_text<N>::for_postgres.data(), N - 1}, row_count::few) {
  }
};

// NOLINTBEGIN(modernize-avoid-c-arrays): the type of a literal
template <size_t N>
sql_query(std::string_view, const char (&)[N]) -> sql_query<N>;
template <size_t N>
sql_query(std::string_view, const char (&)[N], row_count) -> sql_query<N>;
template <size_t M, size_t N>
sql_query(std::string_view, const char (&)[M], const char (&)[N]) -> sql_query<N>;
// NOLINTEND(modernize-avoid-c-arrays)

/// Chooses one of two statements, whose texts have types of their own.
inline const query_text& either(bool first, const query_text& x, const query_text& y) noexcept {
  return first ? x : y;
}

} // namespace carillon::sql
