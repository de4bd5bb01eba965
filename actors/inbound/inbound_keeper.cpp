#include "actors/inbound/inbound_keeper.hpp"

#include "base/time.hpp"
#include "messages/actor_defaults.hpp"
#include "messages/caf_error.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

std::string inbound_secret_context(const std::string& source) {
  return "inbound-secret " + source;
}

inbound_book::sources live_sources_of(const inbound_records& all, const secret_box& secrets) {
  inbound_book::sources out;
  for (const auto& x : all) {
    auto live = std::make_shared<live_source>();
    live->source = x.source;
    const auto context = inbound_secret_context(x.source.name);
    if (auto text = secrets.open(x.sealed, context))
      live->secrets.push_back({std::move(*text), std::nullopt});
    if (x.old_expires_at)
      if (auto text = secrets.open(x.old_sealed, context))
        live->secrets.push_back({std::move(*text), x.old_expires_at});
    out.emplace(x.source.name, std::move(live));
  }
  return out;
}

void inbound_keeper_state::init(inbound_keeper_actor::pointer self, inbound_keeper_env env) {
  self_ = self;
  env_ = std::move(env);
  take(env_.records);
}

// -- callbacks ----------------------------------------------------------------------

caf::result<changed_inbound> inbound_keeper_state::put(const put_inbound& x) {
  if (auto valid = check_source(x.source); !valid)
    return to_error(valid.error());
  const auto* before = find(x.source.name);
  const auto is_theirs = before != nullptr && before->source.company_id != x.source.company_id;
  store_inbound request{.source = x.source, .sealed = {}, .by = x.by};
  std::string made;
  auto secret = x.secret;
  if (secret.empty() && before == nullptr) {
    if (!may_make_secret(x.source.preset))
      return to_error({ec::invalid_argument,
                       "give the secret that the provider shows for this address", "secret"});
    auto text = make_inbound_secret(x.source.preset);
    if (!text)
      return to_error(text.error());
    secret = made = std::move(*text);
  }
  if (!secret.empty()) {
    if (auto valid = check_inbound_secret(x.source.preset, secret); !valid)
      return to_error(valid.error());
    auto sealed = env_.secrets->seal(secret, inbound_secret_context(x.source.name));
    if (!sealed)
      return to_error(sealed.error());
    request.sealed = std::move(*sealed);
  } else if (!is_theirs) {
    if (auto valid = check_present(*before, x.source.preset); !valid)
      return to_error(valid.error());
  }
  return change<changed_inbound>(
    std::move(request), [this, made, created = before == nullptr](const inbound_record& stored) {
      take_one(stored);
      return changed_inbound{stored, made, created};
    });
}

caf::result<changed_inbound> inbound_keeper_state::rotate(const rotate_inbound_secret& x) {
  const auto* before = find(x.name);
  if (before == nullptr || (x.company_id && before->source.company_id != *x.company_id))
    return to_error({ec::not_found, "there is no such source of webhooks", "name"});
  const auto preset = before->source.preset;
  std::string made;
  auto secret = x.secret;
  if (secret.empty()) {
    if (!may_make_secret(preset))
      return to_error(
        {ec::invalid_argument, "give the secret that the provider shows now", "secret"});
    auto text = make_inbound_secret(preset);
    if (!text)
      return to_error(text.error());
    secret = made = std::move(*text);
  }
  if (auto valid = check_inbound_secret(preset, secret); !valid)
    return to_error(valid.error());
  auto sealed = env_.secrets->seal(secret, inbound_secret_context(x.name));
  if (!sealed)
    return to_error(sealed.error());
  const auto grace = std::clamp(x.grace, std::chrono::seconds{0}, inbound_limits::most_grace);
  return change<changed_inbound>(
    rotate_inbound{x.name, x.company_id, std::move(*sealed), wall_clock_now() + grace, x.by},
    [this, made](const inbound_record& stored) {
      take_one(stored);
      return changed_inbound{stored, made, false};
    });
}

caf::result<atom::done> inbound_keeper_state::remove(const delete_inbound& x) {
  return change<atom::done>(x, [this, source = x.name](atom::done done) {
    drop(source);
    return done;
  });
}

template <class Reply, class Request, class Finish>
caf::result<Reply> inbound_keeper_state::change(Request x, Finish finish) {
  auto promise = self_->make_response_promise<Reply>();
  self_->request(env_.store, store_deadline, std::move(x))
    .then([promise,
           finish](const reply_of<Request>& stored) mutable { promise.deliver(finish(stored)); },
          // It may have been made, or be made still: what is stored counts.
          [this, promise](const caf::error& reason) mutable {
            load([promise, reason]() mutable { promise.deliver(reason); });
          });
  return promise;
}

// -- sources ------------------------------------------------------------------------

void inbound_keeper_state::load(const std::function<void()>& done) {
  self_->request(env_.store, store_deadline, list_inbound{})
    .then(
      [this, done](const inbound_records_ptr& all) {
        take(all);
        done();
      },
      [done](const caf::error&) { done(); });
}

void inbound_keeper_state::take(inbound_records_ptr all) {
  env_.records = std::move(all);
  env_.book->set(live_sources_of(*env_.records, *env_.secrets));
}

void inbound_keeper_state::take_one(const inbound_record& x) {
  auto next = *env_.records;
  std::erase_if(next, [&](const auto& y) { return y.source.name == x.source.name; });
  next.push_back(x);
  take(std::make_shared<const inbound_records>(std::move(next)));
}

void inbound_keeper_state::drop(const std::string& source) {
  auto next = *env_.records;
  std::erase_if(next, [&](const auto& y) { return y.source.name == source; });
  take(std::make_shared<const inbound_records>(std::move(next)));
}

const inbound_record* inbound_keeper_state::find(const std::string& source) const {
  const auto found = std::find_if(env_.records->begin(), env_.records->end(),
                                  [&](const auto& x) { return x.source.name == source; });
  return found == env_.records->end() ? nullptr : &*found;
}

expected<void> inbound_keeper_state::check_present(const inbound_record& x,
                                                   inbound_preset preset) const {
  auto text = env_.secrets->open(x.sealed, inbound_secret_context(x.source.name));
  if (!text)
    return failure{ec::invalid_argument, "its secret cannot be opened, give it another one",
                   "secret"};
  if (auto valid = check_inbound_secret(preset, *text); !valid)
    return failure{ec::invalid_argument,
                   "the present secret is none of this preset, give the provider's", "secret"};
  return {};
}

inbound_keeper_actor::behavior_type
inbound_keeper(inbound_keeper_actor::stateful_pointer<inbound_keeper_state> self,
               inbound_keeper_env env) {
  auto* st = &self->state;
  stay_alive(self);
  st->init(self, std::move(env));
  return {
    [st](const put_inbound& x) { return st->put(x); },
    [st](const rotate_inbound_secret& x) { return st->rotate(x); },
    [st](const delete_inbound& x) { return st->remove(x); },
  };
}

} // namespace carillon
