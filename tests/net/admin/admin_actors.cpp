#include "tests/net/admin/admin_actors.hpp"
#include "messages/evidence/event_proof.hpp"
#include "tests/support/fake_store.hpp"

namespace carillon::test {

namespace {

failure nothing(const char* detail) {
  return {ec::not_found, detail, {}};
}

expected<consumer_status> set_paused(admin_data& data, const pause_consumer& x) {
  data.stamps.push_back(x.by);
  for (auto& status : data.consumers)
    if (status.name == x.name) {
      status.paused = x.paused;
      return status;
    }
  return nothing("there is no such consumer");
}

expected<dead_letter> resolve(admin_data& data, const resolve_dead_letter& x) {
  auto i = std::find_if(data.letters.begin(), data.letters.end(), [&](const auto& y) {
    return y.id == x.id && (!x.company_id || y.company_id == *x.company_id);
  });
  if (i == data.letters.end())
    return nothing("there is no such dead letter");
  if (data.letter_fault == x.id)
    return failure{ec::store_unavailable, "the store is away", {}};
  data.stamps.push_back(x.by);
  auto out = *i;
  data.letters.erase(i);
  return out;
}

expected<replay_record> create(admin_data& data, const create_replay& x) {
  const auto& target = x.record.target;
  if (target.what == replay_target::kind::handler && target.name != "audit")
    return failure{ec::not_found, "there is no such handler", "target"};
  data.stamps.push_back(x.record.by);
  data.replays.push_back(x.record);
  auto& out = data.replays.back();
  out.id = data.replays.size();
  out.matched = x.record.positions.empty() ? 7 : x.record.positions.size();
  return out;
}

/// Segments of ten rows.
audit_progress verify(admin_data& data, const verify_audit& x) {
  ++data.verify_calls;
  data.verify_asked = x;
  audit_progress out;
  auto to = std::min<uint64_t>(x.from + std::min<size_t>(x.limit, 10) - 1, data.audit.size());
  out.verdict.checked = to + 1 - x.from;
  if (data.first_bad && *data.first_bad >= x.from && *data.first_bad <= to) {
    out.verdict.valid = false;
    out.verdict.first_bad = data.first_bad;
    out.verdict.checked = *data.first_bad + 1 - x.from;
  } else if (to < data.audit.size()) {
    out.next = to + 1;
  }
  out.hash = std::string(64, 'a');
  for (const auto& y : data.audited)
    if (y.seq >= x.from && y.seq <= to)
      out.events.push_back(y);
  return out;
}

template <class T>
std::vector<T> of_company(const std::vector<T>& all, const std::optional<std::string>& company,
                          const std::string& (*company_of)(const T&)) {
  std::vector<T> out;
  for (const auto& x : all)
    if (!company || company_of(x) == *company)
      out.push_back(x);
  return out;
}

} // namespace

supervisor_actor::behavior_type admin_supervisor(supervisor_actor::pointer self, admin_data* data) {
  return {
    [=](const list_consumers&) {
      return reply<consumer_statuses>(self, data, false, [&] { return data->consumers; });
    },
    [=](const pause_consumer& x) {
      return reply<consumer_status>(self, data, true, [&] { return set_paused(*data, x); });
    },
    [=](const resolve_dead_letter& x) {
      return reply<dead_letter>(self, data, true, [&] { return resolve(*data, x); });
    },
    [=](const create_replay& x) {
      return reply<replay_record>(self, data, true, [&] { return create(*data, x); });
    },
    [=](atom::count, const create_replay& x) {
      return reply<replay_plan>(self, data, false, [&] {
        const auto named = x.record.positions.size();
        return replay_plan{named == 0 ? 7 : named,
                           {{replay_target::handler("audit"), 5, std::nullopt},
                            {replay_target::webhooks(), std::nullopt, 3}}};
      });
    },
    [=](atom::find, const replay_target&) {
      return reply<replay_taker_actor>(self, data, false, [] { return replay_taker_actor{}; });
    },
    [](const consumer_settings_ptr&) { return atom::done_v; },
    [](atom::detach, const std::string&) { return atom::done_v; },
    [](atom::drain) { return atom::done_v; },
    [](atom::restart, const std::string&) {},
  };
}

sealer_actor::behavior_type admin_sealer(sealer_actor::pointer self, admin_data* data) {
  return {
    [=](const get_checkpoint&) {
      return reply<signed_state_ptr>(
        self, data, false, [&] { return std::make_shared<const signed_state>(data->evidence); });
    },
    [=](const prove_event& x) {
      return reply<event_proof_ptr>(self, data, false, [&]() -> expected<event_proof_ptr> {
        if (x.seq > data->evidence.head.size)
          return nothing("no checkpoint covers it");
        event_proof out;
        out.event = data->events.at(x.seq - 1);
        out.checkpoint = data->evidence.head.note;
        return std::make_shared<const event_proof>(std::move(out));
      });
    },
    [=](const prove_consistency& x) {
      return reply<consistency_proof_ptr>(self, data, false, [&] {
        data->consistency_asked = x;
        return std::make_shared<const consistency_proof>(consistency_proof{
          .from = x.from, .to = x.to, .from_root = {}, .to_root = {}, .path = {}});
      });
    },
    [](atom::drain) { return atom::done_v; },
    [](atom::tick, uint64_t) {},
    [](atom::done, uint64_t, const std::string&) {},
  };
}

caf::behavior admin_state(caf::event_based_actor* self, admin_data* data) {
  auto done = [] { return atom::done_v; };
  return fake_store(
    [=](const open_consumer& x) {
      return reply<opened_consumer_ptr>(self, data, false, [&] {
        opened_consumer out;
        out.record.name = x.name;
        out.retries = data->retries[x.name];
        return std::make_shared<const opened_consumer>(std::move(out));
      });
    },
    [=](const find_failures& x) {
      return reply<consumer_failures>(self, data, false, [&] {
        consumer_failures out;
        for (const auto& [name, rows] : data->retries)
          for (const auto& row : rows)
            if (row.seq == x.seq && row.replay_id == 0)
              out.push_back({name, false});
        for (const auto& letter : data->letters)
          if (letter.seq == x.seq && letter.replay_id == 0)
            out.push_back({letter.consumer, true});
        return out;
      });
    },
    [=](const consumer_commit_ptr&) { return reply<atom::done>(self, data, true, done); },
    [=](const list_consumers&) {
      return reply<consumer_records>(self, data, false, [] { return consumer_records{}; });
    },
    [=](const pause_consumer&) { return reply<atom::done>(self, data, true, done); },
    [=](const list_dead_letters& x) {
      return reply<dead_letter_page>(self, data, false, [&] {
        auto own = of_company<dead_letter>(
          data->letters, x.page.company_id, [](const auto& y) -> auto& { return y.company_id; });
        if (x.page.name)
          std::erase_if(own, [&](const auto& y) { return y.consumer != *x.page.name; });
        return data->page(own, x.page, [](const auto& y) { return y.id; });
      });
    },
    [=](const resolve_dead_letter& x) {
      return reply<dead_letter>(self, data, true, [&] { return resolve(*data, x); });
    },
    [=](const append_audit& x) {
      return reply<atom::done>(self, data, true, [&] {
        data->audit.push_back({.number = data->audit.size() + 1, .entry = x.entry, .hash = {}});
        return atom::done_v;
      });
    },
    [=](const list_audit& x) {
      return reply<audit_page>(self, data, false, [&] {
        data->audit_asked = x;
        auto own = of_company<audit_row>(
          data->audit, x.page.company_id,
          [](const auto& y) -> auto& { return y.entry.company_id; });
        return data->page(own, x.page, [](const auto& y) { return y.number; });
      });
    },
    [=](const verify_audit& x) {
      return reply<audit_progress>(self, data, false, [&] { return verify(*data, x); });
    },
    [=](const create_replay& x) {
      return reply<replay_record>(self, data, true, [&] { return create(*data, x); });
    },
    [=](const update_replay&) { return reply<atom::done>(self, data, true, done); },
    [=](const get_replay& x) {
      return reply<replay_record>(self, data, false, [&]() -> expected<replay_record> {
        if (x.id == 0 || x.id > data->replays.size())
          return nothing("there is no such replay");
        return data->replays[x.id - 1];
      });
    },
    [=](const list_running_replays&) {
      return reply<replay_records>(self, data, false, [] { return replay_records{}; });
    },
    [=](const list_replays& x) {
      return reply<replay_page>(self, data, false, [&] {
        return data->page(data->replays, x.page, [](const auto& y) { return y.id; });
      });
    },
    [=](const create_api_key& x) {
      return reply<api_key>(self, data, true, [&] {
        data->stamps.push_back(x.by);
        data->keys.push_back(x.key);
        data->keys.back().id = data->keys[data->keys.size() - 2].id + 1;
        return data->keys.back();
      });
    },
    [=](const delete_api_key& x) {
      return reply<atom::done>(self, data, true, [&]() -> expected<atom::done> {
        data->stamps.push_back(x.by);
        if (std::erase_if(data->keys, [&](const auto& y) { return y.id == x.id; }) == 0)
          return nothing("there is no such key");
        return atom::done_v;
      });
    },
    [=](const note_key_uses&) { return reply<atom::done>(self, data, true, done); },
    [=](const list_api_keys&) {
      return reply<api_keys>(self, data, false, [&] { return data->keys; });
    },
    [=](const put_event_type& x) {
      return reply<atom::done>(self, data, true, [&] {
        data->stamps.push_back(x.by);
        data->types.push_back(x.type);
        return atom::done_v;
      });
    },
    [=](const list_event_types&) {
      return reply<registered_types>(self, data, false, [&] { return data->types; });
    });
}

} // namespace carillon::test
