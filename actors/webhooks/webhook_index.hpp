#pragma once

#include "actors/webhooks/webhook_filters.hpp"
#include "messages/bounds.hpp"
#include "messages/events/event.hpp"
#include "messages/telemetry.hpp"
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

/// Which webhooks an event concerns, by company and type, and which of them are active.
/// Thread-safe: the matcher asks for each event, the hub changes it; every call is short.
///
/// A webhook is active from the first event that concerns it until the hub passivates it. A
/// passivated webhook needs neither actors nor writes, since no event that it missed concerns it.
class webhook_index {
public:
  /// Counts webhooks in this bound from now on, by company.
  void count_in(bound_ptr x);

  /// Counts events that only a payload filter excluded from now on.
  void count_excluded_in(telemetry_ptr x);

  /// Adds or replaces. Everything up to the answer was matched without it, or with its old
  /// settings.
  position put(const webhook& x);

  void erase(uint64_t id);

  /// Matches an event; events come in ascending order, or again after a crash. Adds the enabled
  /// webhooks that it concerns to `out`, and those to be noted as active to `activated`.
  void match(const event& x, std::vector<uint64_t>& out,
             std::vector<webhook_activation>& activated);

  /// Passivates a webhook that is done up to `done`, and answers the position up to which no event
  /// concerns it; empty if an event beyond `done` does, or if the webhook is not known.
  std::optional<position> try_passivate(uint64_t id, position done);

  /// Everything up to here was matched, before the first call of `match`.
  void start_at(position x);

  /// Information that the hub needs to start it.
  struct standing {
    bool enabled = true;
    bool active = false;
    position awake_at = 0;
    position asleep_at = 0;
    /// The last answer of `put`.
    position put_at = 0;
    /// By which events are matched for it.
    payload_filter filter = {};
  };

  std::optional<standing> find(uint64_t id) const;

  /// Empty for a webhook of all companies, and for one that is not known.
  std::string company_of(uint64_t id) const;

  /// The enabled ones that events of a company may concern, by id; of any company if it is empty.
  std::vector<uint64_t> enabled(const std::string& company_id) const;

  size_t size() const;
  size_t disabled() const;

private:
  struct entry {
    uint64_t id = 0;
    std::string company_id;
    std::vector<type_pattern> types;
    webhook_filters::member own;
    bool enabled = true;
    position awake_at = 0;
    position asleep_at = 0;
    position put_at = 0;
    position last_match = 0;
  };

  /// An entry that events of a type concern.
  struct concern {
    entry* of = nullptr;
    /// Enough others of its group are concerned, so that they are looked at together.
    bool together = false;
  };

  /// The webhooks of a company, or those of all companies.
  struct tenant {
    /// By exact type.
    std::unordered_map<std::string, std::vector<entry*>> exact;
    /// Entries with at least one pattern that names many types.
    std::vector<entry*> broad;
    /// All entries that an event of this type concerns: the answers of `find` since the last
    /// change.
    std::unordered_map<std::string, std::vector<concern>> known;
    webhook_filters filters;

    /// In the order of their filters, so that an event is looked at once for those of a group.
    const std::vector<concern>& find(const std::string& type);
  };

  void link(entry& x);
  void unlink(entry& x);
  bool selects(const concern& x, const filter_subject& seen);
  static void consider(entry& x, const event& seen, std::vector<uint64_t>& out,
                       std::vector<webhook_activation>& activated);

  mutable std::mutex mutex_;
  bound_ptr counted_;
  telemetry_ptr stats_;
  std::map<uint64_t, std::unique_ptr<entry>> entries_;
  std::unordered_map<std::string, tenant> tenants_;
  size_t disabled_ = 0;
  /// What was found in the present event for a group.
  filter_values found_;
  const webhook_filters::group* found_for_ = nullptr;
  position seen_ = 0;
};

} // namespace carillon
