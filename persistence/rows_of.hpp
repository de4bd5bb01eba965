#pragma once

namespace carillon {

/// A statement in use: reset at the end of the scope, so that it holds no snapshot.
template <class Statement>
class rows_of {
public:
  explicit rows_of(Statement& x) noexcept : statement_(x) {
  }
  rows_of(const rows_of&) = delete;
  rows_of& operator=(const rows_of&) = delete;
  ~rows_of() {
    statement_.reset();
  }

  /// True if there is another row, which `->` and `*` show. Throws as the statement does.
  bool next() {
    return statement_.step();
  }

  const Statement* operator->() const noexcept {
    return &statement_;
  }

  const Statement& operator*() const noexcept {
    return statement_;
  }

private:
  Statement& statement_;
};

} // namespace carillon
