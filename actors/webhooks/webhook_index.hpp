#pragma once

#include "messages/bounds.hpp"
#include "messages/events/event.hpp"
#include "messages/webhooks/delivery.hpp"
#include "messages/webhooks/webhook.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace carillon {

/// Which webhooks an event concerns, by company and type, and which of them are awake. Thread-safe:
/// the matcher asks for each event, the hub changes it; every call is short.
///
/// It is awake from the first event that concerns it until the hub puts it to sleep; it then needs
/// neither actors nor writes, since all it missed is known not to concern it.
class webhook_index {
public:
  /// Counts webhooks in this bound from now on, by company.
  void count_in(bound_ptr x);

  /// Adds or replaces. Everything up to the answer was matched without it, or as it was before.
  position put(const webhook& x);

  void erase(uint64_t id);

  /// Matches an event; each comes in ascending order, or again after a crash. Adds to `out` whom it
  /// concerns, the disabled left out, and to `woken` who has to be noted as awake.
  void match(const event& x, std::vector<uint64_t>& out, std::vector<webhook_wake>& woken);

  /// Puts to sleep who is done up to `done`, and answers the position up to which nothing concerns
  /// it; empty if an event beyond `done` does, or if it is not known.
  std::optional<position> try_sleep(uint64_t id, position done);

  /// Everything up to here was matched, before the first call of `match`.
  void start_at(position x);

  /// What the hub has to know to start it.
  struct standing {
    bool enabled = true;
    bool awake = false;
    position awake_at = 0;
    position asleep_at = 0;
    /// What `put` answered last.
    position put_at = 0;
  };

  std::optional<standing> find(uint64_t id) const;

  /// The enabled ones that events of a company may concern, by id; of any company if it is empty.
  std::vector<uint64_t> enabled(const std::string& company_id) const;

  size_t size() const;
  size_t disabled() const;

private:
  struct entry {
    uint64_t id = 0;
    std::string company_id;
    std::vector<type_pattern> types;
    bool enabled = true;
    position awake_at = 0;
    position asleep_at = 0;
    position put_at = 0;
    position last_match = 0;
  };

  /// The webhooks of a company, or those of all companies.
  struct tenant {
    /// By exact type.
    std::unordered_map<std::string, std::vector<entry*>> exact;
    /// With at least one pattern that names many types.
    std::vector<entry*> broad;
  };

  void link(entry& x);
  void unlink(entry& x);
  static void consider(entry& x, const event& seen, std::vector<uint64_t>& out,
                       std::vector<webhook_wake>& woken);

  mutable std::mutex mutex_;
  bound_ptr counted_;
  std::map<uint64_t, std::unique_ptr<entry>> entries_;
  std::unordered_map<std::string, tenant> tenants_;
  size_t disabled_ = 0;
  position seen_ = 0;
};

} // namespace carillon
