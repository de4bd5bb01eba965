#include "persistence/backup/backup.hpp"

#include "persistence/backup/backup_check.hpp"
#include "persistence/backup/backup_manifest.hpp"
#include "persistence/backup/log_backup.hpp"
#include "persistence/backup/restore.hpp"
#include "persistence/segments/check.hpp"
#include "persistence/segments/histories.hpp"
#include "persistence/segments/opening.hpp"
#include "persistence/segments/repair.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// Backups of a store that is written to, and what is made of them.

namespace carillon::test {

TEST_SUITE("persistence/backup") {
  namespace {

  namespace fs = std::filesystem;

  struct backed_up {
    sqlite_test_store store;
    fs::path data = store.file("").parent_path();
    fs::path backup = data.parent_path() / "backup";
    fs::path copy = data.parent_path() / "copy";

    /// A node's store with small files.
    std::unique_ptr<storage> open(log_compression how = log_compression::none) {
      storage_options options;
      options.log_segment_bytes = 256UL * 1024;
      options.log_compress = how;
      return store.open(options);
    }

    /// What a node writes that is not there any more.
    void write(const std::string& prefix, size_t count);

    expected<backup_report> try_back_up() const {
      return take_backup({.data_directory = data, .to = backup}, {});
    }

    backup_report back_up() const {
      return must(try_back_up());
    }

    expected<restore_report> try_restore() const {
      return restore_backup(backup, copy, {});
    }

    restore_report restore() const {
      return must(try_restore());
    }
  };

  std::unique_ptr<storage> open_copy(const fs::path& directory, bool read_only = false) {
    storage_options options;
    options.url = "sqlite://" + directory.string();
    options.read_only = read_only;
    return must(storage::open(options));
  }

  /// Appends that many events with some data.
  void append(event_log& log, const std::string& prefix, size_t count) {
    for (size_t i = 0; i < count; i += 100) {
      auto drafts = make_drafts(prefix + std::to_string(i) + "-", std::min<size_t>(100, count - i));
      for (auto& x : drafts)
        x->data = "{\"pad\":\"" + std::string(200, 'x') + "\"}";
      must(log.append(drafts, epoch));
    }
  }

  void backed_up::write(const std::string& prefix, size_t count) {
    const auto node = open();
    append(*must(node->open_log_writer()), prefix, count);
    must(must(node->open_checkpointer())->run());
  }

  std::vector<std::string> ids_of(event_log& log) {
    std::vector<std::string> out;
    for (position after = 0;;) {
      const auto page = must(log.read({.after = after, .filter = {}, .limit = 1'000}));
      for (const auto& x : page.events)
        out.push_back(x->id);
      if (page.scanned_to == after || page.scanned_to >= page.head)
        return out;
      after = page.scanned_to;
    }
  }

  void flip(const fs::path& file, uint64_t at) {
    std::fstream x{file, std::ios::in | std::ios::out | std::ios::binary};
    x.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(x.get() ^ 1);
    x.seekp(static_cast<std::streamoff>(at));
    x.put(byte);
    x.close();
    REQUIRE(x);
  }

  uint64_t names_of(const fs::path& file) {
    struct stat x {};
    REQUIRE(::stat(file.c_str(), &x) == 0);
    return x.st_nlink;
  }

  /// Runs in another process, which ends by SIGKILL when it tells its progress for the `n`th time.
  /// True if it came to its end before. No connection of SQLite may be open.
  template <class F>
  bool ends_before(int n, F f) {
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      int told = 0;
      f([&](const backup_progress&) {
        if (++told >= n)
          ::kill(::getpid(), SIGKILL);
      });
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status);
  }

  /// Moves the cursor of the consumer `audit`.
  void commit(state_store& state, position cursor) {
    auto x = std::make_shared<consumer_commit>();
    x->consumer = "audit";
    x->generation = 1;
    x->cursor = cursor;
    must(state.consumers().commit(std::vector<consumer_commit_ptr>{x}));
  }

  /// The state with the consumer `audit`.
  std::unique_ptr<state_store> opened_state(storage& x) {
    auto state = must(x.open_state(true));
    must(state->consumers().open({.name = "audit"}, epoch));
    return state;
  }

  position cursor_in(storage& x) {
    for (const auto& row : must(must(x.open_state(false))->consumers().list()))
      if (row.name == "audit")
        return row.cursor;
    return 0;
  }

  } // namespace

  TEST_CASE("a restored store has the log up to the backup, the state, and a history of its own") {
    backed_up x;
    const auto open = x.open();
    const auto log = must(open->open_log_writer());
    append(*log, "a", 3'000);
    commit(*opened_state(*open), 2'900);
    index_all(*open);
    must(must(open->open_checkpointer())->run());
    std::ofstream{x.data / "node.key"} << "a key of 32 bytes, more or less.";
    const auto done = x.back_up();
    CHECK(done.head == 3'000);
    CHECK(done.history == open->history());
    CHECK(done.linked_files > 1);
    CHECK(done.has_key);
    // What comes later is not in it.
    append(*log, "b", 10);

    const auto restored = x.restore();
    CHECK(restored.head == 3'000);
    CHECK(restored.former == former_history{open->history(), 3'000});
    CHECK_FALSE(restored.resumed);
    CHECK_FALSE(restored.key_is_elsewhere);
    CHECK((fs::status(x.copy / "node.key").permissions() & fs::perms::all) == fs::perms{0600});
    const auto copy = open_copy(x.copy);
    CHECK(copy->history() == restored.history);
    CHECK(copy->histories() == log_histories{restored.history, {{open->history(), 3'000}}});
    const auto copied = must(copy->open_log_writer());
    auto wanted = ids_of(*log);
    wanted.resize(3'000);
    CHECK(ids_of(*copied) == wanted);
    CHECK(cursor_in(*copy) == 2'900);
    // It goes on by itself, and the index is good as it is.
    CHECK(must(copied->append(make_drafts("c", 1), epoch)).items.front().seq == 3'001);
    CHECK(must(copied->append({{make_draft("a0-0")}}, epoch)).items.front().seq == 1);
    index_all(*copy);
  }

  TEST_CASE("a second run takes only what is new") {
    backed_up x;
    const auto open = x.open();
    const auto log = must(open->open_log_writer());
    const auto checkpointer = must(open->open_checkpointer());
    append(*log, "a", 3'000);
    must(checkpointer->run());
    const auto first = x.back_up();
    append(*log, "b", 3'000);
    must(checkpointer->run());
    const auto second = x.back_up();
    CHECK(second.former_head == 3'000);
    CHECK(second.head == 6'000);
    // Both began with a log of several finished files.
    CHECK(first.linked_files >= 2);
    CHECK(second.linked_files >= 2);
    const auto manifest = must(read_manifest(x.backup));
    CHECK(manifest.run == 2);
    // Each finished file was taken once.
    CHECK(static_cast<uint64_t>(
            std::count_if(manifest.files.begin(), manifest.files.end(),
                          [](const auto& file) { return file.at.starts_with("log/"); }))
          == first.linked_files + second.linked_files);
    // Of the run before nothing is left but what still belongs to the backup.
    std::set<std::string> named{"LOCK", backup_manifest::file_name};
    for (const auto& file : manifest.files)
      named.insert(file.at);
    for (const auto& file : fs::recursive_directory_iterator{x.backup})
      if (file.is_regular_file())
        CHECK(named.contains(file.path().lexically_relative(x.backup).generic_string()));
    CHECK(must(verify_backup(x.backup, {})) == 6'000);
    CHECK(x.restore().head == 6'000);
  }

  TEST_CASE("finished files are linked, or copied if that is wanted; a restore shares nothing") {
    backed_up x;
    const auto open = x.open();
    append(*must(open->open_log_writer()), "a", 3'000);
    must(must(open->open_checkpointer())->run());
    const auto first = x.data / "log/00000000000000000001.seg";
    const auto copies
      = must(take_backup({.data_directory = x.data, .to = x.backup, .links = false}, {}));
    CHECK(copies.linked_files == 0);
    CHECK(names_of(first) == 1);
    CHECK(must(take_backup({.data_directory = x.data, .to = x.data.parent_path() / "other"}, {}))
            .linked_files
          > 0);
    CHECK(names_of(first) == 2);
    x.restore();
    CHECK(names_of(x.copy / "log/00000000000000000001.seg") == 1);
  }

  TEST_CASE("the state of a backup is never ahead of its log") {
    backed_up x;
    const auto open = x.open();
    std::atomic<bool> is_over{false};
    std::atomic<position> reached{0};
    // A consumer that is always at the head.
    std::thread node{[&] {
      const auto log = must(open->open_log_writer());
      const auto state = opened_state(*open);
      while (!is_over) {
        const auto drafts = make_drafts("b" + std::to_string(reached) + "-", 5);
        const auto head = must(log->append(drafts, epoch)).items.back().seq;
        commit(*state, head);
        reached = head;
      }
    }};
    while (reached == 0)
      std::this_thread::yield();
    for (int i = 0; i < 10; ++i) {
      const auto done = x.try_back_up();
      CHECK(done);
      fs::remove_all(x.copy);
      const auto restored = x.try_restore();
      CHECK(restored);
      if (!done || !restored)
        break;
      CHECK(restored->head == done->head);
      const auto copy = open_copy(x.copy);
      CHECK(cursor_in(*copy) > 0);
      CHECK(cursor_in(*copy) <= done->head);
      const auto files = segments::files_in((x.copy / "log").string());
      CHECK(must(segments::check(*files, {})).damages.empty());
      // A prefix of the log.
      const auto ids = ids_of(*must(copy->open_log_reader()));
      // The last group may have been copied before its writer said that it is on disk.
      while (reached < ids.size())
        std::this_thread::yield();
      auto wanted = ids_of(*must(open->open_log_reader()));
      wanted.resize(ids.size());
      CHECK(ids == wanted);
      CHECK(ids.size() == done->head);
    }
    is_over = true;
    node.join();
  }

  TEST_CASE("a changed byte anywhere in a backup is found before anything is made of it") {
    backed_up x;
    const auto open = x.open();
    append(*must(open->open_log_writer()), "a", 3'000);
    must(must(open->open_checkpointer())->run());
    must(take_backup({.data_directory = x.data, .to = x.backup, .links = false}, {}));
    for (const auto& file : must(read_manifest(x.backup)).files)
      for (const auto at : {uint64_t{0}, file.content.bytes / 2, file.content.bytes - 1}) {
        CAPTURE(file.at);
        CAPTURE(at);
        flip(x.backup / file.at, at);
        const auto refused = x.try_restore();
        REQUIRE(code_of(refused) == ec::store_corrupt);
        CHECK(refused.error().detail.find(file.at) != std::string::npos);
        CHECK_FALSE(fs::exists(x.copy));
        flip(x.backup / file.at, at);
      }
    fs::rename(x.backup / "log/00000000000000000001.seg", x.backup / "gone");
    CHECK(code_of(x.try_restore()) == ec::store_corrupt);
    fs::rename(x.backup / "gone", x.backup / "log/00000000000000000001.seg");
    flip(x.backup / backup_manifest::file_name, 10);
    CHECK(code_of(x.try_restore()) == ec::store_corrupt);
    flip(x.backup / backup_manifest::file_name, 10);
    x.restore();
  }

  TEST_CASE("a file that is compressed during a backup, or between two, is as good") {
    backed_up x;
    x.write("a", 3'000);
    const auto before = x.back_up();
    const auto seen = must(see_log(x.data / "log"));
    const auto first = seen.store->log().all()->front();
    REQUIRE(first->is_sealed());
    {
      const auto node = x.open(log_compression::zstd);
      const auto log = must(node->open_log_writer());
      const auto checkpointer = must(node->open_checkpointer());
      for (int i = 0; i < 10; ++i)
        must(checkpointer->run());
    }
    // It was opened as it was, and got another name when it was compressed.
    REQUIRE_FALSE(first->is_compressed());
    REQUIRE_FALSE(is_segment(x.data / "log", *first));
    CHECK(check_segment(x.data / "log", *first));
    // The backup takes it as it is now, and leaves no room to what it was.
    const auto after = x.back_up();
    CHECK(after.head == 3'000);
    CHECK(after.linked_files >= before.linked_files);
    CHECK(after.bytes < before.bytes);
    CHECK(must(verify_backup(x.backup, {})) == 3'000);
    x.restore();
    CHECK(ids_of(*must(open_copy(x.copy)->open_log_reader())).size() == 3'000);
  }

  TEST_CASE("a damaged log is not backed up") {
    backed_up x;
    x.write("a", 3'000);
    flip(x.data / "log/00000000000000000001.seg", 9'000);
    CHECK(code_of(x.try_back_up()) == ec::store_corrupt);
    CHECK(code_of(x.try_restore()) == ec::not_found);
  }

  TEST_CASE("directories with anything else are refused, and left as they are") {
    backed_up x;
    const auto open = x.open();
    const auto log = must(open->open_log_writer());
    append(*log, "a", 10);
    // A folder called log, of somebody else.
    fs::create_directories(x.backup / "log");
    std::ofstream{x.backup / "log/mine"} << "mine";
    CHECK(code_of(x.try_back_up()) == ec::conflict);
    CHECK(fs::exists(x.backup / "log/mine"));
    CHECK_FALSE(fs::exists(x.backup / "LOCK"));
    CHECK(code_of(x.try_restore()) == ec::not_found);
    fs::remove_all(x.backup);
    x.back_up();
    fs::create_directories(x.copy);
    std::ofstream{x.copy / "mine"} << "mine";
    CHECK(code_of(x.try_restore()) == ec::conflict);
    CHECK(fs::exists(x.copy / "mine"));
    // Of a node that runs.
    CHECK(code_of(restore_backup(x.backup, x.data, {})) == ec::conflict);
    CHECK(code_of(take_backup({.data_directory = x.copy, .to = x.backup}, {}))
          == ec::invalid_argument);
    CHECK(code_of(take_backup({.data_directory = x.data, .to = x.data}, {})) == ec::conflict);
    CHECK(must(log->append(make_drafts("b", 1), epoch)).items.front().seq == 11);
  }

  TEST_CASE("a restore that is not finished is not backed up") {
    backed_up x;
    x.write("a", 10);
    x.back_up();
    x.restore();
    std::ofstream{x.copy / "RESTORING"} << "1";
    const auto refused = take_backup({.data_directory = x.copy, .to = x.backup}, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ec::store_unavailable);
    CHECK(refused.error().detail.find("run the same carillon restore again") != std::string::npos);
    CHECK(must(verify_backup(x.backup, {})) == 10);
  }

  TEST_CASE("a backup goes on with the log that it is of, and with no other") {
    backed_up x;
    x.write("a", 50);
    x.back_up();
    x.restore();
    x.write("b", 50);
    {
      const auto copy = open_copy(x.copy);
      append(*must(copy->open_log_writer()), "c", 70);
    }
    // The copy has left the history of the backup where this ends: it may go on.
    const auto went_on = must(take_backup({.data_directory = x.copy, .to = x.backup}, {}));
    CHECK(went_on.head == 120);
    // The original has not got what the backup has now.
    CHECK(code_of(x.try_back_up()) == ec::conflict);
    sqlite_test_store other;
    other.open();
    CHECK(code_of(take_backup({.data_directory = other.file("").parent_path(), .to = x.backup}, {}))
          == ec::conflict);
    CHECK(must(verify_backup(x.backup, {})) == 120);
  }

  TEST_CASE("each restore leaves the history before, also without an event in between") {
    backed_up x;
    const auto open = x.open();
    append(*must(open->open_log_writer()), "a", 50);
    x.back_up();
    const auto first = x.restore();
    const auto again = x.data.parent_path() / "again";
    must(take_backup({.data_directory = x.copy, .to = x.backup}, {}));
    const auto second = must(restore_backup(x.backup, again, {}));
    const auto copy = open_copy(again);
    const auto all = copy->histories();
    CHECK(all.current == second.history);
    CHECK(resume_at(all, {open->history(), 50}) == resumption{50, false});
    CHECK(resume_at(all, {first.history, 50}) == resumption{50, false});
    CHECK(resume_at(all, {first.history, 60}) == resumption{50, true});
    CHECK(copy->history() != first.history);
  }

  TEST_CASE("a history was left no later than the present one began, also after a repair") {
    backed_up x;
    std::string present;
    {
      const auto open = x.open();
      append(*must(open->open_log_writer()), "a", 50);
      present = open->history();
    }
    x.back_up();
    x.restore();
    // As if what follows 50 had been cut off, and 60 were a place of before.
    const auto copied = segments::files_in((x.copy / "log").string());
    must(segments::write_histories(*copied, {{"bbbbbbbbbbbbbbbb", 60}}));
    const auto all = open_copy(x.copy)->histories();
    CHECK(all.began_after() == 50);
    CHECK(resume_at(all, {present, 50}) == resumption{50, false});
    CHECK(resume_at(all, {"bbbbbbbbbbbbbbbb", 55}) == resumption{50, true});
    CHECK(resume_at(all, {"cccccccccccccccc", 70}) == resumption{50, true});
  }

  TEST_CASE("a backup that is killed leaves the one before") {
    backed_up x;
    x.write("a", 1'000);
    x.back_up();
    x.write("b", 2'000);
    int n = 1;
    while (!ends_before(n, [&](const tell_backup& tell) {
      static_cast<void>(take_backup({.data_directory = x.data, .to = x.backup}, tell));
    })) {
      CAPTURE(n);
      // The one before, as long as the manifest is not written.
      const auto head = must(verify_backup(x.backup, {}));
      CHECK((head == 1'000 || head == 3'000));
      ++n;
    }
    CHECK(n > 10);
    CHECK(must(verify_backup(x.backup, {})) == 3'000);
    CHECK(x.restore().head == 3'000);
  }

  TEST_CASE("a restore that is killed is no store, and goes on") {
    backed_up x;
    x.write("a", 2'000);
    x.back_up();
    storage_options options;
    options.url = "sqlite://" + x.copy.string();
    options.read_only = true;
    int n = 1;
    for (; !ends_before(n,
                        [&](const tell_backup& tell) {
                          static_cast<void>(restore_backup(x.backup, x.copy, tell));
                        });
         ++n) {
      CAPTURE(n);
      // Nothing, or a directory that nobody opens until all is done. Opening leaves it as it is:
      // what is begun anew each time would hide what going on has to bear.
      if (fs::exists(x.copy / "RESTORING")) {
        CHECK(code_of(storage::open(options)) == ec::store_unavailable);
        options.read_only = !options.read_only;
      } else if (fs::exists(x.copy / "state.db")) {
        break;
      }
    }
    CHECK(n > 10);
    const auto copy = open_copy(x.copy);
    const auto open = x.open();
    CHECK(ids_of(*must(copy->open_log_reader())) == ids_of(*must(open->open_log_reader())));
    CHECK(copy->histories().former == std::vector{former_history{open->history(), 2'000}});
  }

  TEST_CASE("a file that a backup shares is not written to") {
    backed_up x;
    x.write("a", 3'000);
    x.back_up();
    const auto files = segments::files_in((x.data / "log").string());
    const auto first = x.data / "log/00000000000000000001.seg";
    REQUIRE(names_of(first) == 2);
    CHECK(files->has_other_name(first.filename().string()));
    CHECK_FALSE(files->has_other_name("nothing"));
    // A repair that takes a damaged seal off, and so makes the file longer.
    const auto bytes = fs::file_size(first);
    flip(first, bytes - 10);
    must(segments::repair(files, epoch));
    CHECK(fs::file_size(first) > bytes);
    CHECK(fs::file_size(x.backup / "log/00000000000000000001.seg") == bytes);
    CHECK(names_of(first) == 1);
    flip(x.backup / "log/00000000000000000001.seg", bytes - 10);
    CHECK(must(verify_backup(x.backup, {})) == 3'000);
  }
}

} // namespace carillon::test
