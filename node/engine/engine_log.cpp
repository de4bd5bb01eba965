#include "actors/log/checkpointer.hpp"
#include "actors/log/indexer.hpp"
#include "actors/log/log_reader.hpp"
#include "actors/log/log_watcher.hpp"
#include "actors/log/log_writer.hpp"
#include "actors/log/router.hpp"
#include "base/failure_text.hpp"
#include "node/engine/engine_parts.hpp"

#include <algorithm>
#include <tuple>

// The actors of an engine that own the log: its writer, its readers, its index.

namespace carillon {

namespace {

/// What a step of the indexer came to.
void note_index(telemetry& to, const index_progress& x) {
  to.log_damaged_from = x.first_missing;
  to.log_damaged_events = x.missing;
}

} // namespace

expected<log_reader_actor> engine::parts::spawn_reader(std::string what) {
  auto log = store->open_log_reader();
  if (!log)
    return log.error();
  log_reader_actor out = sys.spawn<caf::detached>(
    log_reader, std::shared_ptr<event_log>{std::move(*log)}, log_reader_options{});
  watched.add(out, std::move(what));
  return out;
}

expected<void> engine::parts::spawn_log() {
  auto log = store->open_log_writer();
  if (!log)
    return log.error();
  auto head = (*log)->head();
  if (!head)
    return head.error();
  position indexed = *head;
  std::shared_ptr<store_indexer> derived;
  if (auto done = spawn_index(*head, indexed, derived); !done)
    return done;
  stats->bounds.set_percent(static_cast<uint32_t>(options.company_share));
  auto settings = options.writer;
  if (!settings.on_failure && options.storage.on_trouble)
    settings.on_failure = [tell = options.storage.on_trouble](const failure& x) {
      tell("events cannot be stored: " + text_of(x));
    };
  writer = sys.spawn<caf::detached>(log_writer, std::shared_ptr<event_log>{std::move(*log)}, stats,
                                    std::move(settings));
  // Without one of its actors the engine cannot work: it ends, and reports which actor ended.
  watched.add(writer, "the log writer");
  options.router.index_follows = derived != nullptr;
  router = sys.spawn(carillon::router, writer, options.router, stats, *head, indexed);
  watched.add(router, "the router");
  if (derived != nullptr) {
    index = sys.spawn<caf::detached>(
      indexer, std::move(derived), router,
      indexer_options{.on_progress
                      = [stats = stats](const index_progress& x) { note_index(*stats, x); }});
    watched.add(index, "the indexer");
  }
  if (auto done = spawn_watcher(); !done)
    return done;
  return spawn_readers();
}

/// On PostgreSQL, where other processes append too.
expected<void> engine::parts::spawn_watcher() {
  auto opened = store->open_log_follower();
  if (!opened)
    return opened.error();
  follower = std::move(*opened);
  if (follower != nullptr) {
    watcher = sys.spawn<caf::detached>(log_watcher, follower, router);
    watched.add(watcher, "the watch over the store");
  }
  return {};
}

expected<void> engine::parts::spawn_readers() {
  for (auto [to, what, of_owner] : {std::tuple{&feeder, "the reader of handlers", true},
                                    std::tuple{&counter, "the reader of replays", true},
                                    std::tuple{&session_reader, "the reader of sessions", false},
                                    std::tuple{&job_reader, "the reader of jobs", true}}) {
    if (of_owner && follows())
      continue;
    auto reader = spawn_reader(what);
    if (!reader)
      return reader.error();
    *to = std::move(*reader);
  }
  for (size_t i = 0; i < std::max<size_t>(1, options.readers); ++i) {
    auto reader = spawn_reader("reader " + std::to_string(i + 1) + " of the log");
    if (!reader)
      return reader.error();
    readers.push_back(std::move(*reader));
  }
  return {};
}

expected<void> engine::parts::spawn_index(position head, position& indexed,
                                          std::shared_ptr<store_indexer>& out) {
  auto opened = store->open_indexer();
  if (!opened)
    return opened.error();
  if (*opened == nullptr) {
    indexed = head;
    return {};
  }
  auto first = (*opened)->step();
  if (!first)
    return first.error();
  indexed = first->indexed;
  note_index(*stats, *first);
  out = std::move(*opened);
  return {};
}

expected<void> engine::parts::spawn_checkpointer() {
  auto opened = store->open_checkpointer();
  if (!opened)
    return opened.error();
  if (*opened != nullptr) {
    checkpoints = sys.spawn<caf::detached>(checkpointer,
                                           std::shared_ptr<store_checkpointer>{std::move(*opened)},
                                           stats, options.checkpoint_interval);
    watched.add(checkpoints, "the checkpointer");
  }
  return {};
}

} // namespace carillon
