#include "persistence/outbox/source.hpp"

#include "base/text/masked.hpp"
#include "persistence/outbox/ddl_files.hpp"
#include "persistence/postgres/conninfo.hpp"
#include "persistence/postgres/migrations.hpp"
#include "persistence/storage.hpp"

#include <algorithm>

namespace carillon {

namespace {

postgres_options limits_of(const outbox_options& x) {
  postgres_options out;
  out.statement_timeout = x.statement_timeout;
  out.lock_timeout = x.lock_timeout;
  return out;
}

/// The step of our own store that makes the table, whatever its number.
std::string_view postgres_ddl() noexcept {
  for (auto name : postgres::migration_names())
    if (name.ends_with("_outbox.sql"))
      return postgres::migration_text(name);
  return {};
}

} // namespace

expected<std::unique_ptr<outbox_source>> open_outbox(const std::string& url,
                                                     const outbox_options& options) {
  constexpr std::string_view file = "sqlite://";
  if (is_postgres(url)) {
    const auto limits = limits_of(options);
    auto conninfo = postgres::connection_string(url, limits);
    if (!conninfo)
      return failure{ec::invalid_argument, conninfo.error().detail, "from"};
    return make_postgres_outbox(*conninfo, limits, options);
  }
  if (url.starts_with("mysql://") || url.starts_with("mariadb://"))
    return make_mysql_outbox(url, options);
  if (url.starts_with(file) && url.size() > file.size())
    return make_sqlite_outbox(url.substr(file.size()), options);
  return failure{ec::invalid_argument,
                 "no database has the address " + masked(url.substr(0, url.find("://")))
                   + "; supported: postgresql://…, mysql://…, mariadb://…, sqlite:///FILE",
                 "from"};
}

std::string_view outbox_ddl(std::string_view dialect) noexcept {
  if (dialect == "postgresql")
    return postgres_ddl();
  if (dialect == "mysql" || dialect == "mariadb")
    return outbox_ddl_text("mysql.sql");
  if (dialect == "sqlite")
    return outbox_ddl_text("sqlite.sql");
  return {};
}

} // namespace carillon
