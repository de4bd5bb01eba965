#pragma once

#include "messages/consumers/sql_statement.hpp"
#include "persistence/state/sql/database.hpp"

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>

namespace carillon::sql {

/// Thrown for a statement of an application that is not run: its text, or the number of its
/// parameters, is wrong.
class unusable_statement : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The statements of applications on one session. The first texts, up to a bound, stay prepared;
/// later ones are prepared for each run, so that a text which holds values costs time, not memory.
class own_statements {
public:
  static constexpr size_t most_kept = 256;

  explicit own_statements(session& x) noexcept : session_(x) {
  }

  /// Runs it, at the latest with the end of the part, see `session::end_part`. Throws
  /// `unusable_statement`, and what the session throws.
  void run(const sql_statement& x);

  size_t kept() const noexcept {
    return kept_.size();
  }

private:
  struct entry {
    std::unique_ptr<statement> prepared;
    size_t parameters = 0;
  };

  entry prepare(const std::string& text, bool keep);

  session& session_;
  std::unordered_map<std::string, entry> kept_;
};

} // namespace carillon::sql
