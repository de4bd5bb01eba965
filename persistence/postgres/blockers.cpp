#include "persistence/postgres/blockers.hpp"

#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/faults.hpp"

namespace carillon::postgres {

namespace {

const char* name_of(advisory x) noexcept {
  switch (x) {
  case advisory::node:
    return "of the node";
  case advisory::log:
    return "of those who append events";
  case advisory::state:
    return "of those who write the state";
  case advisory::schema:
    return "of migrations";
  case advisory::barrier:
    return "of those who confirm commits";
  }
  return "";
}

} // namespace

std::string holders_of(connection& db, advisory x) {
  // Every role sees roles and process ids; the rest depends on our role's privileges.
  const auto found
    = db.ask("SELECT l.pid, coalesce(a.usename::text, '?'), coalesce(a.application_name, '') "
             "FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid "
             "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 "
             "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
             "AND (l.classid::bigint, l.objid::bigint) = ("
               + numbers_of(x) + ") AND l.pid <> pg_backend_pid() LIMIT 3",
             {});
  std::string out;
  for (const auto& row : found) {
    out += out.empty() ? "" : "; ";
    out += std::string{"role "} + row[1].c_str() + ", pid " + row[0].c_str();
    if (!row[2].is_null() && *row[2].c_str() != '\0')
      out += std::string{", program "} + row[2].c_str();
  }
  return out;
}

void tell_of_blockers(connection& db, advisory x, const std::exception& error,
                      const trouble_listener& tell) noexcept {
  try {
    if (!tell || state_of(error) != "55P03")
      return;
    if (const auto holders = holders_of(db, x); !holders.empty())
      tell(std::string{"the lock "} + name_of(x) + " is held in the database (" + holders
           + "), nothing can be written; take CONNECT on the database from who is not Carillon");
  } catch (const std::exception&) {
    // The original failure is reported in any case.
    return;
  }
}

} // namespace carillon::postgres
