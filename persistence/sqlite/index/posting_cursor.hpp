#pragma once

#include "messages/events/event.hpp"
#include "messages/events/log_requests.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/sqlite/statement_cache.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon::sqlite {

/// Positions per segment of the posting tables, as a shift.
constexpr unsigned segment_shift = 18;

/// Spare statements of one kind: a query may need several at once.
class statement_pool {
public:
  explicit statement_pool(statement_cache<index_query>& sql) noexcept : sql_(sql) {
  }

  std::unique_ptr<statement> take(index_query x);
  void give(index_query x, std::unique_ptr<statement> s) noexcept;

private:
  static constexpr size_t most_spare = 16;

  statement_cache<index_query>& sql_;
  std::array<std::vector<std::unique_ptr<statement>>, static_cast<size_t>(index_query::count_)>
    spare_;
};

/// The posting lists of the index.
enum class posting : uint8_t { type, company, user, correlation };

/// The list of one key in one direction. Lives within one transaction.
class posting_cursor {
public:
  /// @param last greatest position that the index has
  posting_cursor(statement_pool& pool, posting list, std::string key, sort_order order,
                 position last);
  posting_cursor(posting_cursor&& x) noexcept = default;
  posting_cursor(const posting_cursor&) = delete;
  posting_cursor& operator=(const posting_cursor&) = delete;
  posting_cursor& operator=(posting_cursor&&) = delete;
  ~posting_cursor();

  /// The first entry at or beyond `from`, which never moves back; empty at the end.
  std::optional<position> seek(position from);

private:
  bool reached(position from) const noexcept {
    return descending_ ? current_ <= from : current_ >= from;
  }

  void open_segment(position from);
  bool step();

  statement_pool* pool_;
  index_query query_;
  std::unique_ptr<statement> statement_;
  /// On the heap, so that the bound text keeps its address when the cursor is moved.
  std::unique_ptr<std::string> key_;
  bool descending_;
  position last_segment_;
  position segment_ = 0;
  position current_ = 0;
  bool on_entry_ = false;
  bool begun_ = false;
  bool ended_ = false;
};

/// Several lists of one kind as one, e.g. of the types that `order.*` matches.
class union_cursor {
public:
  explicit union_cursor(sort_order order) noexcept : descending_(order == sort_order::descending) {
  }

  void add(posting_cursor x) {
    parts_.push_back(std::move(x));
  }

  std::optional<position> seek(position from);

private:
  bool descending_;
  std::vector<posting_cursor> parts_;
};

} // namespace carillon::sqlite
