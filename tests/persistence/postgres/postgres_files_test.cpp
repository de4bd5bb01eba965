// Documents and the text of mails in the database, for every node that owns it.

#include "base/crypto/sha256.hpp"
#include "base/file/shared_files.hpp"
#include "tests/persistence/test_store.hpp"
#include "tests/support/own_postgres.hpp"

#include <chrono>
#include <string>
#include <thread>

namespace carillon::test {

TEST_SUITE("persistence/postgres_files") {
  namespace {

  struct files_world {
    own_postgres server;
    temporary_directory directory;

    storage_options options(const std::string& name) const {
      storage_options out;
      out.url = server.url();
      out.directory = directory.path() + "/" + name;
      return out;
    }
  };

  } // namespace

  TEST_CASE("what one owner has put is there for the next, byte for byte") {
    files_world w;
    std::string bytes;
    for (int i = 0; i < 1'000; ++i)
      bytes += static_cast<char>(i);
    const auto hash = sha256_hex(bytes);
    {
      auto store = must(storage::open(w.options("a")));
      auto files = store->files();
      REQUIRE(files != nullptr);
      CHECK(code_of(files->read_document(hash)) == ec::not_found);
      CHECK(files->put_document(hash, bytes));
      // Again, as after a crash.
      CHECK(files->put_document(hash, bytes));
      CHECK(files->put_document(sha256_hex(""), ""));
      CHECK(must(files->installation("0123456789abcdef")) == "0123456789abcdef");
    }
    auto store = must(storage::open(w.options("b")));
    auto files = store->files();
    CHECK(must(files->read_document(hash)) == bytes);
    CHECK(must(files->read_document(sha256_hex(""))).empty());
    CHECK(must(files->installation("fedcba9876543210")) == "0123456789abcdef");
    CHECK(files->remove_document(hash));
    CHECK(files->remove_document(hash));
    CHECK(code_of(files->read_document(hash)) == ec::not_found);
  }

  TEST_CASE("a document that is too large is refused, and the largest is taken") {
    files_world w;
    auto store = must(storage::open(w.options("a")));
    auto files = store->files();
    const std::string most(max_shared_document_bytes, '\xff');
    CHECK(files->put_document("most", most));
    CHECK(must(files->read_document("most")) == most);
    CHECK(code_of(files->put_document("more", most + 'x')) == ec::too_large);
    CHECK(code_of(files->read_document("more")) == ec::not_found);
  }

  TEST_CASE("bytes of a document that was deleted are not adopted") {
    files_world w;
    auto store = must(storage::open(w.options("a")));
    auto files = store->files();
    pqxx::connection db{w.server.url()};
    const auto run = [&](const char* x) { pqxx::nontransaction{db}.exec(x); };
    CHECK(code_of(files->adopt_document("ab", "bytes")) == ec::not_found);
    CHECK(code_of(files->read_document("ab")) == ec::not_found);
    run(
      "INSERT INTO documents (key, kind, company_id, user_id, event_seq, file_name, content_type, "
      "size, sha256, created_at) VALUES ('k', 'order_sheet', 'c', 'u', 1, 'f.pdf', "
      "'application/pdf', 5, 'ab', 1)");
    CHECK(files->adopt_document("ab", "bytes"));
    CHECK(files->adopt_document("ab", "bytes"));
    CHECK(must(files->read_document("ab")) == "bytes");
  }

  TEST_CASE("bytes that were damaged are replaced by the next put") {
    files_world w;
    auto store = must(storage::open(w.options("a")));
    auto files = store->files();
    must(files->put_document("ab", "bytes"));
    w.server.administer(
      "INSERT INTO documents (key, kind, company_id, user_id, event_seq, file_name, content_type, "
      "size, sha256, created_at) VALUES ('k', 'order_sheet', 'c', 'u', 1, 'f.pdf', "
      "'application/pdf', 5, 'ab', 1)");
    const auto damage = [&] {
      w.server.administer("UPDATE document_contents SET content = 'byt'");
      REQUIRE(must(files->read_document("ab")) == "byt");
    };
    damage();
    must(files->put_document("ab", "bytes"));
    CHECK(must(files->read_document("ab")) == "bytes");
    damage();
    must(files->adopt_document("ab", "bytes"));
    CHECK(must(files->read_document("ab")) == "bytes");
  }

  TEST_CASE("a put that waits for a standby of the database holds up neither reads nor a stop") {
    files_world w;
    w.server.administer("ALTER SYSTEM SET wal_level = replica");
    w.server.administer("ALTER SYSTEM SET max_wal_senders = 2");
    w.server.restart("fast");
    auto store = must(storage::open(w.options("a")));
    auto files = store->files();
    must(files->put_document("before", "bytes"));
    w.server.administer("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    w.server.administer("SELECT pg_reload_conf()");
    pqxx::connection db{w.server.url()};
    const auto waits = [&] {
      return pqxx::nontransaction{db}
               .exec("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' "
                     "AND query LIKE '%document_contents%'")[0][0]
               .as<int>()
             > 0;
    };
    expected<void> done;
    std::jthread puts{[&] { done = files->put_document("waits", "bytes"); }};
    // The server has read the setting at some time.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!waits() && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
    REQUIRE(waits());
    CHECK(must(files->read_document("before")) == "bytes");
    REQUIRE(waits());
    const auto begin = std::chrono::steady_clock::now();
    files->stop_writes();
    puts.join();
    const auto took = std::chrono::steady_clock::now() - begin;
    MESSAGE("stopped after ", std::chrono::duration_cast<std::chrono::milliseconds>(took).count(),
            " ms");
    CHECK(code_of(done) == ec::store_unavailable);
    // Nobody has ended the wait: the server still has it.
    CHECK(waits());
    CHECK(code_of(files->put_document("late", "bytes")) == ec::store_unavailable);
    CHECK(must(files->read_document("before")) == "bytes");
    w.server.administer("ALTER SYSTEM RESET synchronous_standby_names");
    w.server.administer("SELECT pg_reload_conf()");
  }

  TEST_CASE("who was replaced changes nothing") {
    files_world w;
    auto store = must(storage::open(w.options("a")));
    auto files = store->files();
    CHECK(files->put_document("kept", "bytes"));
    w.server.terminate_all();
    auto next = must(storage::open(w.options("b")));
    CHECK(code_of(files->put_document("late", "bytes")) == ec::store_locked);
    CHECK(code_of(files->adopt_document("late", "bytes")) == ec::store_locked);
    CHECK(code_of(files->remove_document("kept")) == ec::store_locked);
    CHECK(code_of(files->installation("0123456789abcdef")) == ec::store_locked);
    auto theirs = next->files();
    CHECK(must(theirs->read_document("kept")) == "bytes");
    CHECK(code_of(theirs->read_document("late")) == ec::not_found);
  }

  TEST_CASE("who does not own the store has no files of it") {
    files_world w;
    auto store = must(storage::open(w.options("a")));
    auto beside = w.options("b");
    beside.postgres.shared = true;
    CHECK(must(storage::open(beside))->files() == nullptr);
    auto reader = w.options("c");
    reader.read_only = true;
    CHECK(must(storage::open(reader))->files() == nullptr);
  }

  TEST_CASE("files of an embedded store stay files") {
    temporary_directory directory;
    storage_options options;
    options.url = "sqlite://" + directory.path() + "/data";
    CHECK(must(storage::open(options))->files() == nullptr);
  }
}

} // namespace carillon::test
