#include "persistence/sqlite/snapshot.hpp"

#include "base/file/private_files.hpp"
#include "persistence/sqlite/checks.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/guard.hpp"

#include <memory>

namespace carillon::sqlite {

namespace {

/// Pages of one step: some MiB.
constexpr int pages_at_a_time = 2'000;

/// A failure names the file, for the operator.
template <class F>
auto naming(const std::filesystem::path& file, F&& f) noexcept -> decltype(f()) {
  try {
    return f();
  } catch (const SQLite::Exception& x) {
    return failure{is_damage(x) ? ec::store_corrupt : ec::store_unavailable,
                   file.string() + ": " + x.getErrorStr(),
                   {}};
  } catch (const std::exception& x) {
    return failure{ec::store_unavailable, file.string() + ": " + x.what(), {}};
  }
}

void copy_pages(connection& from, SQLite::Database& to, const snapshot_progress& tell) {
  // A transaction that has read keeps what the steps read at one moment.
  const transaction moment{from, transaction::kind::read};
  from.database().execAndGet("SELECT count(*) FROM sqlite_schema");
  const auto page_bytes
    = static_cast<uint64_t>(from.database().execAndGet("PRAGMA page_size").getInt64());
  const std::unique_ptr<sqlite3_backup, int (*)(sqlite3_backup*)> copy{
    sqlite3_backup_init(to.getHandle(), "main", from.handle(), "main"), sqlite3_backup_finish};
  if (!copy)
    raise(to.getHandle(), sqlite3_errcode(to.getHandle()));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(copy.get(), pages_at_a_time);
    const auto all = static_cast<uint64_t>(sqlite3_backup_pagecount(copy.get()));
    const auto rest = static_cast<uint64_t>(sqlite3_backup_remaining(copy.get()));
    if (tell)
      tell((all - rest) * page_bytes, all * page_bytes);
  }
  if (code != SQLITE_DONE)
    throw SQLite::Exception(sqlite3_errstr(code), code);
}

} // namespace

expected<void> copy_database(const std::filesystem::path& from, const std::filesystem::path& to,
                             const snapshot_progress& tell) {
  return naming(from, [&]() -> expected<void> {
    if (auto removed = remove_database(to); !removed)
      return removed;
    if (auto made = make_private_file(to); !made)
      return made;
    connection source{{.file = from}};
    // The last step writes all to the disk.
    SQLite::Database target{to.string(), SQLite::OPEN_READWRITE};
    target.exec("PRAGMA synchronous = FULL");
    copy_pages(source, target, tell);
    return {};
  });
}

expected<position> furthest_of(const std::filesystem::path& state) {
  return naming(state, [&]() -> expected<position> {
    // It removes its write-ahead log at its end, which one for reading would not.
    connection db{{.file = state, .access = access::write}};
    return check_state(db);
  });
}

expected<void> rename_history_of_index(const std::filesystem::path& index,
                                       const std::string& history) {
  return naming(index, [&]() -> expected<void> {
    connection db{{.file = index, .access = access::write}};
    statement change{db.handle(), "UPDATE index_state SET history = ?1 WHERE one = 1"};
    change.bind_all(std::string_view{history});
    change.step();
    return {};
  });
}

} // namespace carillon::sqlite
