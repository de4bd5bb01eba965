#pragma once

#include <string>

namespace carillon::test {

/// What a new database has.
enum class database_content {
  /// The schema of this version, as `carillon migrate up` leaves it. It is copied from a template,
  /// which takes a tenth of the processor time of the migrations.
  schema,
  /// Nothing, for tests of migrations.
  nothing,
};

/// True if there is a server that tests share: its directory is in `$CARILLON_TEST_POSTGRES`.
bool has_postgres();

/// The URL for libpq of a database on the server that tests share.
std::string postgres_url(const std::string& database);

/// Makes a database on that server. One that exists stays as it is. Not for several threads at
/// once, as `drop_postgres_database`.
/// @throws pqxx::failure
void make_postgres_database(const std::string& name, database_content content);

/// Removes a database, and ends its connections.
/// @throws pqxx::failure
void drop_postgres_database(const std::string& name);

} // namespace carillon::test
