#include "persistence/storage.hpp"

#include "base/text/masked.hpp"

#include "persistence/postgres/postgres_storage.hpp"
#include "persistence/sqlite/sqlite_storage.hpp"

namespace carillon {

bool is_postgres(std::string_view url) noexcept {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

expected<std::unique_ptr<storage>> storage::open(const storage_options& options) {
  const std::string_view url{options.url};
  if (url.starts_with("sqlite://"))
    return sqlite::sqlite_storage::open(options);
  if (is_postgres(url))
    return postgres::postgres_storage::open(options);
  return failure{ec::invalid_argument,
                 "unknown store " + masked(options.url.substr(0, options.url.find("://")))
                   + "; supported: sqlite:///absolute/dir, sqlite://relative/dir, postgresql://…",
                 "store"};
}

} // namespace carillon
