#pragma once

#include "base/crypto/secret_box.hpp"
#include "messages/inbound/interfaces.hpp"
#include "messages/inbound/live_source.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <memory>
#include <string>

namespace carillon {

/// Dependencies of the inbound keeper.
struct inbound_keeper_env {
  /// Changes, and answers what is stored with all acknowledged changes.
  inbound_store_actor store;
  std::shared_ptr<const secret_box> secrets;
  /// What the data port serves.
  std::shared_ptr<inbound_book> book = std::make_shared<inbound_book>();
  /// What was stored when the engine started.
  inbound_records_ptr records = std::make_shared<const inbound_records>();
};

/// What a sealed secret of a source is for, see `secret_box::seal`.
std::string inbound_secret_context(const std::string& source);

/// The sources as the data port serves them. A secret that cannot be opened is left out.
inbound_book::sources live_sources_of(const inbound_records& all, const secret_box& secrets);

/// State of the INBOUND KEEPER.
class inbound_keeper_state {
public:
  static constexpr const char* name = "carillon.inbound";

  inbound_keeper_state() = default;
  inbound_keeper_state(const inbound_keeper_state&) = delete;
  inbound_keeper_state& operator=(const inbound_keeper_state&) = delete;

  void init(inbound_keeper_actor::pointer self, inbound_keeper_env env);

  // -- callbacks --------------------------------------------------------------------

  caf::result<changed_inbound> put(const put_inbound& x);
  caf::result<changed_inbound> rotate(const rotate_inbound_secret& x);
  caf::result<atom::done> remove(const delete_inbound& x);

private:
  /// Has the store change something. `finish` takes its answer into the book, and makes ours.
  template <class Reply, class Request, class Finish>
  caf::result<Reply> change(Request x, Finish finish);

  /// Reads all sources into the book, then calls `done`, at a failure, too.
  void load(const std::function<void()>& done);
  void take(inbound_records_ptr all);
  /// Puts a changed record in its place.
  void take_one(const inbound_record& x);
  void drop(const std::string& source);
  const inbound_record* find(const std::string& source) const;
  /// Checks that the present secret suits the preset.
  expected<void> check_present(const inbound_record& x, inbound_preset preset) const;

  inbound_keeper_actor::pointer self_ = nullptr;
  inbound_keeper_env env_;
};

/// Runs the INBOUND KEEPER.
inbound_keeper_actor::behavior_type
inbound_keeper(inbound_keeper_actor::stateful_pointer<inbound_keeper_state> self,
               inbound_keeper_env env);

} // namespace carillon
