#pragma once

#include "messages/consumers/event_statements.hpp"
#include "persistence/state/consumers/consumer_table.hpp"
#include "persistence/state/sql/effect_writer.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <span>
#include <string>
#include <typeindex>
#include <vector>

namespace carillon::sql {

/// Applies commits of consumers, each once. Consumers retry a commit until it succeeds. If the
/// outcome of a commit is in doubt, the database is asked before the next one: if it took place,
/// its retry is not applied again.
class consumer_commits {
public:
  /// @param writers in the order in which they write
  consumer_commits(state_connection& db, std::vector<effect_writer*> writers)
    : db_(db), table_(db), writers_(std::move(writers)) {
    types_.push_back(typeid(event_statements));
    for (const auto* x : writers_)
      for (const auto& type : x->types()) {
        types_.push_back(type);
        if (x->is_made_again())
          made_again_.push_back(type);
      }
  }

  /// See `consumer_store::commit`.
  expected<void> apply(std::span<const consumer_commit_ptr> xs);

private:
  /// Whether the log gives again all that the commit writes.
  bool is_made_again(const consumer_commit& x) const noexcept;

  /// Within a transaction, like all of the following.
  expected<void> write(std::span<const consumer_commit_ptr> xs);

  /// Moves the commits in doubt to `applied_`, or forgets them.
  void settle_doubt();
  expected<void> write(const consumer_commit& x);
  expected<void> move_cursor(const consumer_commit& x);
  void write_effects(const effects& x, timestamp now);
  /// Writes the effects of deliveries with statements of an application, each as a part of its own
  /// if one of them fails. Returns the rows of those that failed.
  std::vector<retry_row> write_statements(const consumer_commit& x);
  void write_retries(const consumer_commit& x);
  void write_dead_letters(const consumer_commit& x);

  state_connection& db_;
  consumer_table table_;
  std::vector<effect_writer*> writers_;
  /// All types that have a writer.
  std::vector<std::type_index> types_;
  /// Those whose writers say so.
  std::vector<std::type_index> made_again_;
  /// The transaction in doubt; empty if there is none.
  std::string doubt_;
  std::vector<consumer_commit_ptr> doubted_;
  /// Commits that took place, and whose retry is still to come.
  std::vector<consumer_commit_ptr> applied_;
};

} // namespace carillon::sql
