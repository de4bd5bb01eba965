#include "tests/support/postgres_database.hpp"

#include <pqxx/pqxx>

#include <cstdlib>
#include <stdexcept>

namespace carillon::test {

namespace {

constexpr const char* server_variable = "CARILLON_TEST_POSTGRES";

/// Copies what `postgres_server.sh template` made; file by file, which is all that older servers
/// do.
std::string copy_for(const pqxx::connection& db) {
  constexpr int first_with_strategies = 150'000;
  return std::string{" TEMPLATE carillon_template"}
         + (db.server_version() >= first_with_strategies ? " STRATEGY FILE_COPY" : "");
}

/// Each database has a history of its own, as if the migrations had run in it.
constexpr const char* another_history
  = "UPDATE log_history SET id = substr(md5(id || current_database()), 1, 16)";

/// The one connection that makes and drops databases: another costs the server as much as a copy.
pqxx::connection& administrator() {
  static pqxx::connection db{postgres_url("postgres")};
  return db;
}

} // namespace

bool has_postgres() {
  return std::getenv(server_variable) != nullptr;
}

std::string postgres_url(const std::string& database) {
  const char* given = std::getenv(server_variable);
  if (given == nullptr)
    throw std::runtime_error(std::string{server_variable}
                             + " names no server: tests/support/postgres_server.sh starts one");
  std::string directory;
  for (const char* at = given; *at != 0; ++at)
    directory += *at == '/' ? std::string{"%2F"} : std::string{*at};
  return "postgresql://carillon@/" + database + "?host=" + directory;
}

void make_postgres_database(const std::string& name, database_content content) {
  const bool copied = content == database_content::schema;
  auto& db = administrator();
  pqxx::nontransaction work{db};
  if (!work.exec_params("SELECT 1 FROM pg_database WHERE datname = $1", name).empty())
    return;
  work.exec("CREATE DATABASE " + name + (copied ? copy_for(db) : std::string{}));
  if (!copied)
    return;
  pqxx::connection made{postgres_url(name)};
  pqxx::nontransaction{made}.exec(another_history);
}

void drop_postgres_database(const std::string& name) {
  pqxx::nontransaction{administrator()}.exec("DROP DATABASE " + name + " WITH (FORCE)");
}

} // namespace carillon::test
