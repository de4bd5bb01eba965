#pragma once

#include "messages/events/interfaces.hpp"
#include "messages/measures/interfaces.hpp"
#include "messages/measures/measure_book.hpp"
#include "messages/measures/options.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace carillon {

/// Dependencies of the measure keeper.
struct measure_keeper_env {
  measure_store_actor store;
  /// Reads the log for backfills.
  log_reader_actor reader;
  /// What the metrics handler measures by.
  std::shared_ptr<measure_book> book = std::make_shared<measure_book>();
  /// Events that the metrics handler gets; a backfill leaves out the others, too.
  std::vector<type_pattern> types = {type_pattern{}};
  measure_keeper_options options;
};

/// State of the MEASURE KEEPER. It brings one backfill further at a time, a page of the log in one
/// transaction, and those that wait in turns. What it has not committed when the process ends is
/// measured again.
class measure_keeper_state {
public:
  static constexpr const char* name = "carillon.measures";

  measure_keeper_state() = default;
  measure_keeper_state(const measure_keeper_state&) = delete;
  measure_keeper_state& operator=(const measure_keeper_state&) = delete;

  void init(measure_keeper_actor::pointer self, measure_keeper_env env);

  // -- callbacks --------------------------------------------------------------------

  /// Makes the change, tells the handler of it, and answers then.
  template <class Request>
  caf::result<reply_of<Request>> change(const Request& x);

  void on_tick(uint64_t generation);
  caf::result<atom::done> drain();

private:
  bool waits();

  /// Reads all definitions into the book, then calls `done`.
  void load(const std::function<void()>& done);
  void take(const measure_list_ptr& all);

  /// Begins what is due, if nothing is under way.
  void work();
  void read_for(const measure_record& x, position end);
  void fold(const measure_record& x, position end, const event_page& page);
  void trim();
  void end_work(bool good);
  void arm();

  measure_keeper_actor::pointer self_ = nullptr;
  measure_keeper_env env_;
  measure_list_ptr all_ = std::make_shared<const measure_list>();
  /// The definition whose backfill went further last.
  uint64_t last_ = 0;
  bool busy_ = false;
  bool draining_ = false;
  /// There may be cells of definitions that are gone.
  bool trims_ = true;
  /// The store may have a change that the book lacks.
  bool stale_ = false;
  uint64_t looks_ = 0;
  uint64_t generation_ = 0;
  std::vector<caf::typed_response_promise<atom::done>> drain_promises_;
};

/// Runs the MEASURE KEEPER.
measure_keeper_actor::behavior_type
measure_keeper(measure_keeper_actor::stateful_pointer<measure_keeper_state> self,
               measure_keeper_env env);

} // namespace carillon
