#include "handlers/documents/document_mover.hpp"

#include "base/crypto/sha256.hpp"
#include "base/file/durable_file.hpp"
#include "base/file/shared_files.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace carillon::test {

TEST_SUITE("handlers/document_mover") {
  namespace {

  /// A database in memory, which may be away.
  class fake_files final : public shared_files {
  public:
    expected<void> put_document(const std::string& sha256, std::string_view bytes) override {
      const std::lock_guard guard{mutex_};
      ++puts_;
      changed_.notify_all();
      if (away_)
        return failure{ec::store_unavailable, "away", {}};
      if (bytes.size() > 100)
        return failure{ec::too_large, "too large", {}};
      all_.emplace(sha256, bytes);
      return {};
    }

    expected<void> adopt_document(const std::string& sha256, std::string_view bytes) override {
      if (sha256 == deleted)
        return failure{ec::not_found, "deleted", {}};
      return put_document(sha256, bytes);
    }

    expected<std::string> read_document(const std::string& sha256) override {
      const std::lock_guard guard{mutex_};
      const auto found = all_.find(sha256);
      if (found == all_.end() && move_after_look)
        std::exchange(move_after_look, nullptr)();
      else if (found != all_.end())
        return found->second;
      return failure{ec::not_found, "none", {}};
    }

    expected<void> remove_document(const std::string& sha256) override {
      const std::lock_guard guard{mutex_};
      all_.erase(sha256);
      return {};
    }

    expected<std::string> installation(const std::string& proposed) override {
      const std::lock_guard guard{mutex_};
      if (installation_.empty())
        installation_ = proposed;
      return installation_;
    }

    void stop_writes() noexcept override {
      stopped = true;
    }

    void set_away(bool x) {
      const std::lock_guard guard{mutex_};
      away_ = x;
    }

    bool wait_for_puts(int count) {
      std::unique_lock lock{mutex_};
      return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return puts_ >= count; });
    }

    /// Of a document that another node has deleted.
    std::string deleted;
    /// What takes place between a look that finds nothing and its answer.
    std::function<void()> move_after_look;
    bool stopped = false;

    void keep(const std::string& sha256, const std::string& bytes) {
      all_.emplace(sha256, bytes);
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, std::string, std::less<>> all_;
    std::string installation_;
    bool away_ = false;
    int puts_ = 0;
  };

  struct mover_world {
    temporary_directory dir;
    std::string documents = dir.path() + "/documents";
    std::shared_ptr<fake_files> files = std::make_shared<fake_files>();
    document_store store = document_store::open(documents, files).value();
    std::mutex mutex;
    std::condition_variable changed;
    std::string done;
    std::string trouble;

    document put_file(const std::string& bytes) {
      document out;
      out.sha256 = sha256_hex(bytes);
      std::filesystem::create_directories(documents);
      REQUIRE(write_durably(documents, out.sha256 + ".pdf", bytes).has_value());
      return out;
    }

    bool is_file(const document& x) const {
      return std::filesystem::exists(documents + '/' + x.sha256 + ".pdf");
    }

    std::unique_ptr<document_mover> start() {
      auto hear = [this](std::string& to) {
        return [this, &to](const std::string& x) {
          const std::lock_guard guard{mutex};
          to = x;
          changed.notify_all();
        };
      };
      return std::make_unique<document_mover>(store, hear(done), hear(trouble),
                                              std::chrono::milliseconds{1});
    }

    bool hears(const std::string& in) {
      std::unique_lock lock{mutex};
      return changed.wait_for(lock, std::chrono::seconds{30}, [&] { return !in.empty(); });
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(mover_world, "documents of a database need no directory") {
    CHECK_FALSE(std::filesystem::exists(documents));
    CHECK(store.left_files().empty());
    auto kept = store.keep({.key = "k"}, "bytes",
                           [](const document& x) -> expected<document> { return x; });
    REQUIRE(kept.has_value());
    CHECK(store.read(*kept).value() == "bytes");
    CHECK(files->read_document(kept->sha256).value() == "bytes");
    CHECK_FALSE(is_file(*kept));
    CHECK(store.remove(*kept).has_value());
    CHECK(store.read(*kept).error().code == ec::not_found);
  }

  TEST_CASE_FIXTURE(mover_world, "files are moved, and are read before they are") {
    const auto one = put_file("one");
    const auto two = put_file("two");
    std::ofstream{documents + "/notes.pdf"} << "somebody else's";
    CHECK(store.left_files().size() == 2);
    CHECK(store.read(one).value() == "one");
    files->set_away(true);
    auto mover = start();
    // It tries again until the database is back.
    CHECK(files->wait_for_puts(3));
    CHECK(is_file(one));
    CHECK(is_file(two));
    files->set_away(false);
    REQUIRE(hears(done));
    CHECK(done == "2 documents were moved from " + documents + " into the database");
    CHECK_FALSE(is_file(one));
    CHECK_FALSE(is_file(two));
    CHECK(std::filesystem::exists(documents + "/notes.pdf"));
    CHECK(files->read_document(one.sha256).value() == "one");
    CHECK(store.read(two).value() == "two");
    CHECK(trouble.empty());
  }

  TEST_CASE_FIXTURE(mover_world, "a document is found while it is moved") {
    const auto x = put_file("bytes");
    files->move_after_look = [&] {
      files->keep(x.sha256, "bytes");
      std::filesystem::remove(documents + '/' + x.sha256 + ".pdf");
    };
    CHECK(store.read(x).value() == "bytes");
    // The one and only look had found nothing.
    CHECK(files->move_after_look == nullptr);
    CHECK(store.remove(x).has_value());
    CHECK(store.read(x).error().code == ec::not_found);
    store.stop_writes();
    CHECK(files->stopped);
  }

  TEST_CASE_FIXTURE(mover_world, "what cannot be moved stays, is told, and holds no other up") {
    const auto large = put_file(std::string(101, 'x'));
    auto damaged = put_file("damaged");
    REQUIRE(write_durably(documents, damaged.sha256 + ".pdf", "other").has_value());
    const auto good = put_file("good");
    auto mover = start();
    REQUIRE(hears(trouble));
    CHECK(trouble.starts_with("2 documents stay in " + documents));
    CHECK(is_file(large));
    CHECK(is_file(damaged));
    CHECK_FALSE(is_file(good));
    CHECK(store.read(large).value() == std::string(101, 'x'));
    CHECK(store.remove(large).has_value());
    CHECK_FALSE(is_file(large));
  }

  TEST_CASE_FIXTURE(mover_world, "a file whose document another node has deleted is removed") {
    const auto deleted = put_file("deleted");
    const auto good = put_file("good");
    files->deleted = deleted.sha256;
    auto mover = start();
    REQUIRE(hears(done));
    CHECK(done == "1 documents were moved from " + documents + " into the database");
    CHECK_FALSE(is_file(deleted));
    CHECK_FALSE(is_file(good));
    CHECK(files->read_document(deleted.sha256).error().code == ec::not_found);
    CHECK(trouble.empty());
  }

  TEST_CASE_FIXTURE(mover_world, "it ends while the database is away") {
    put_file("one");
    files->set_away(true);
    auto mover = start();
    CHECK(files->wait_for_puts(1));
    mover.reset();
    CHECK(store.left_files().size() == 1);
  }
}

} // namespace carillon::test
