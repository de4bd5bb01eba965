#pragma once

#include "persistence/rows_of.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::sql {

/// Bytes to bind; databases tell text and bytes apart.
struct blob_view {
  std::string_view bytes;
};

/// A prepared statement of some database. Parameters are counted from 1, columns from 0. Failures
/// throw; `backend::to_failure` translates them.
class statement {
public:
  statement() = default;
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;
  virtual ~statement() = default;

  template <std::integral T>
  void bind(int index, T x) {
    bind_integer(index, static_cast<int64_t>(x));
  }

  void bind(int index, double x) {
    bind_real(index, x);
  }

  /// Texts and bytes are not copied: they must live until the statement is reset.
  void bind(int index, std::string_view x) {
    bind_text(index, x);
  }

  void bind(int index, blob_view x) {
    bind_bytes(index, x.bytes);
  }

  template <class T>
  void bind(int index, const std::optional<T>& x) {
    if (x)
      bind(index, *x);
    else
      bind_null(index);
  }

  /// Binds 1, 2, 3 … in order.
  template <class... Ts>
  void bind_all(const Ts&... xs) {
    int index = 0;
    (bind(++index, xs), ...);
  }

  /// True if there is a row.
  virtual bool step() = 0;

  /// Runs a changing statement to the end. A database may defer it, at the latest until a row or a
  /// count is requested, or until the commit. A failure then shows late, and fails the transaction.
  virtual void execute() {
    while (step()) {
    }
  }

  /// Forgets rows and parameters.
  virtual void reset() noexcept = 0;

  /// Value of an integer or boolean column.
  virtual int64_t integer(int column) const = 0;
  virtual double real(int column) const = 0;
  /// Text or bytes; valid until the next step or reset.
  virtual std::string_view text(int column) const = 0;
  virtual bool null(int column) const = 0;

  uint64_t number(int column) const {
    return static_cast<uint64_t>(integer(column));
  }

  std::string string(int column) const {
    return std::string{text(column)};
  }

private:
  virtual void bind_integer(int index, int64_t x) = 0;
  virtual void bind_real(int index, double x) = 0;
  virtual void bind_text(int index, std::string_view x) = 0;
  virtual void bind_bytes(int index, std::string_view x) = 0;
  virtual void bind_null(int index) = 0;
};

class rows : public rows_of<statement> {
public:
  using rows_of::rows_of;
};

/// The number of the inserted row, from a statement that returns it.
inline uint64_t inserted(rows all) {
  auto id = all.next() ? all->number(0) : 0;
  while (all.next()) {
  }
  return id;
}

} // namespace carillon::sql
