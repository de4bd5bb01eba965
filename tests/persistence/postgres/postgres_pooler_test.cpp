// PgBouncer between a node and its database.

#include "tests/persistence/test_store.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/own_postgres.hpp"

#include <fstream>

namespace carillon::test {

TEST_SUITE("persistence/postgres_pooler") {
  namespace {

  /// Debian's PgBouncer before a server.
  class pooler {
  public:
    pooler(const own_postgres& server, const std::string& mode, const std::string& more = {})
      : port_(free_port()) {
      const auto config = directory_.path() + "/pgbouncer.ini";
      std::ofstream{config}
        << "[databases]\npostgres = host=127.0.0.1 port=" << server.port()
        << " user=carillon\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " << port_
        << "\nauth_type = any\nunix_socket_dir =\npool_mode = " << mode
        << "\ndefault_pool_size = 30\nmax_client_conn = 100\n"
        << more;
      server.give_to_owner(directory_.path());
      std::filesystem::permissions(directory_.path(), std::filesystem::perms::all);
      std::vector<std::string> line{"/usr/sbin/pgbouncer", "-q", config};
      // It refuses to run as root.
      if (::getuid() == 0)
        line.insert(line.begin(),
                    {"/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"});
      child_.emplace(line.front(), std::vector<std::string>{line.begin() + 1, line.end()},
                     log_.path() + "/log");
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
      while (!answers()) {
        // Each round is a pause as well.
        REQUIRE_MESSAGE(!child_->wait(std::chrono::milliseconds{20}),
                        "PgBouncer ended; is it installed?");
        REQUIRE(std::chrono::steady_clock::now() < end);
      }
    }

    std::string url() const {
      return "postgresql://carillon@127.0.0.1:" + std::to_string(port_) + "/postgres";
    }

  private:
    bool answers() const {
      try {
        pqxx::connection db{url()};
        return db.is_open();
      } catch (const std::exception&) {
        return false;
      }
    }

    uint16_t port_;
    temporary_directory directory_;
    temporary_directory log_;
    std::optional<process> child_;
  };

  storage_options options_for(const pooler& x, const temporary_directory& directory) {
    storage_options out;
    out.url = x.url();
    out.directory = directory.path();
    return out;
  }

  } // namespace

  TEST_CASE("a pooler that shares sessions is refused in a sentence, and nothing is left in it") {
    own_postgres server;
    temporary_directory directory;
    for (const char* more : {"", "server_round_robin = 1\n", "min_pool_size = 5\n"}) {
      CAPTURE(more);
      pooler between{server, "transaction", more};
      auto refused = storage::open(options_for(between, directory));
      REQUIRE(code_of(refused) == ec::invalid_argument);
      CHECK(refused.error().detail.find("pool_mode = transaction") != std::string::npos);
      // Other clients get sessions with unchanged settings.
      pqxx::connection db{between.url()};
      pqxx::nontransaction work{db};
      CHECK(work.exec("SHOW enable_seqscan")[0][0].c_str() == std::string{"on"});
    }
    pooler between{server, "statement"};
    auto refused = storage::open(options_for(between, directory));
    REQUIRE_FALSE(refused);
    CAPTURE(refused.error().detail);
    CHECK(refused.error().code == ec::invalid_argument);
  }

  TEST_CASE("a pooler that keeps sessions whole is as good as none") {
    own_postgres server;
    temporary_directory directory;
    pooler between{server, "session"};
    auto store = must(storage::open(options_for(between, directory)));
    auto log = must(store->open_log_writer());
    auto state = must(store->open_state(true));
    must(log->append(make_drafts("a", 20), epoch));
    must(log->append(make_drafts("b", 1), epoch));
    must(state->consumers().open({.name = "x", .initial = 0}, epoch));
    CHECK(must(must(store->open_log_reader())->head()) == 21);
    CHECK(code_of(storage::open(options_for(between, directory))) == ec::store_locked);
  }
}

} // namespace carillon::test
