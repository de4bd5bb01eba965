#include "persistence/sqlite/index/batch_rows.hpp"

#include <memory>
#include <new>

// A virtual table of SQLite that has no content of its own (https://www.sqlite.org/vtab.html,
// sections 2.1.2 and 2.3): the rows are a parameter of the statement, handed over as a pointer.

namespace carillon::sqlite {

namespace {

constexpr const char* batch_pointer = "carillon_batch";

/// What SQLite calls.
struct batch_table {
  enum column : int { text, blob, seq, company, source, rows_parameter };

  struct cursor : sqlite3_vtab_cursor {
    const batch_row* at = nullptr;
    const batch_row* end = nullptr;
  };

  static const cursor& of(const sqlite3_vtab_cursor* x) noexcept {
    return *static_cast<const cursor*>(x);
  }

  static int connect(sqlite3* db, void* /*context*/, int /*count*/, const char* const* /*words*/,
                     sqlite3_vtab** out, char** /*error*/) {
    const int code = sqlite3_declare_vtab(
      db, "CREATE TABLE batch(text, blob, seq, company, source, rows HIDDEN)");
    if (code != SQLITE_OK)
      return code;
    *out = new (std::nothrow) sqlite3_vtab{};
    return *out != nullptr ? SQLITE_OK : SQLITE_NOMEM;
  }

  static int disconnect(sqlite3_vtab* x) {
    delete x;
    return SQLITE_OK;
  }

  /// The only plan: all rows of the parameter, in their order.
  static int best_index(sqlite3_vtab* /*table*/, sqlite3_index_info* x) {
    for (int i = 0; i < x->nConstraint; ++i) {
      const auto& at = x->aConstraint[i];
      if (at.iColumn != rows_parameter || at.usable == 0 || at.op != SQLITE_INDEX_CONSTRAINT_EQ)
        continue;
      x->aConstraintUsage[i].argvIndex = 1;
      x->aConstraintUsage[i].omit = 1;
      x->estimatedCost = 1;
      return SQLITE_OK;
    }
    return SQLITE_CONSTRAINT;
  }

  static int open_cursor(sqlite3_vtab* /*table*/, sqlite3_vtab_cursor** out) {
    *out = new (std::nothrow) cursor{};
    return *out != nullptr ? SQLITE_OK : SQLITE_NOMEM;
  }

  static int close_cursor(sqlite3_vtab_cursor* x) {
    delete static_cast<cursor*>(x);
    return SQLITE_OK;
  }

  static int filter(sqlite3_vtab_cursor* x, int /*plan*/, const char* /*name*/, int /*count*/,
                    sqlite3_value** values) {
    const auto* given
      = static_cast<const batch_rows*>(sqlite3_value_pointer(values[0], batch_pointer));
    auto& to = *static_cast<cursor*>(x);
    to.at = given != nullptr ? given->all.data() : nullptr;
    to.end = given != nullptr ? to.at + given->all.size() : nullptr;
    return SQLITE_OK;
  }

  static int next(sqlite3_vtab_cursor* x) {
    ++static_cast<cursor*>(x)->at;
    return SQLITE_OK;
  }

  static int is_at_end(sqlite3_vtab_cursor* x) {
    return of(x).at == of(x).end ? 1 : 0;
  }

  static int take_column(sqlite3_vtab_cursor* x, sqlite3_context* to, int which) {
    const auto& row = *of(x).at;
    const auto size = static_cast<int>(row.key.size());
    switch (which) {
    case text:
      sqlite3_result_text(to, row.key.data(), size, SQLITE_STATIC);
      break;
    case blob:
      sqlite3_result_blob(to, row.key.data(), size, SQLITE_STATIC);
      break;
    case seq:
      sqlite3_result_int64(to, static_cast<sqlite3_int64>(row.seq));
      break;
    case company:
      sqlite3_result_int64(to, row.company);
      break;
    case source:
      sqlite3_result_int64(to, row.source);
      break;
    default:
      break; // the parameter reads as NULL
    }
    return SQLITE_OK;
  }

  static int take_rowid(sqlite3_vtab_cursor* x, sqlite3_int64* out) {
    *out = static_cast<sqlite3_int64>(of(x).at->seq);
    return SQLITE_OK;
  }
};

/// Without `xCreate` it is a table of every connection that has the module, under its name.
const sqlite3_module& batch_module() noexcept {
  static const sqlite3_module out = [] {
    sqlite3_module x{};
    x.xConnect = batch_table::connect;
    x.xBestIndex = batch_table::best_index;
    x.xDisconnect = batch_table::disconnect;
    x.xOpen = batch_table::open_cursor;
    x.xClose = batch_table::close_cursor;
    x.xFilter = batch_table::filter;
    x.xNext = batch_table::next;
    x.xEof = batch_table::is_at_end;
    x.xColumn = batch_table::take_column;
    x.xRowid = batch_table::take_rowid;
    return x;
  }();
  return out;
}

} // namespace

void add_batch_table(sqlite3* db) {
  const int code = sqlite3_create_module_v2(db, "batch", &batch_module(), nullptr, nullptr);
  if (code != SQLITE_OK)
    raise(db, code);
}

void bind_rows(statement& to, int index, const batch_rows& x) {
  to.bind(index, &x, batch_pointer);
}

} // namespace carillon::sqlite
