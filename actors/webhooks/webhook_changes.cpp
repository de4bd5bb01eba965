#include "actors/webhooks/webhook_changes.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <utility>

namespace carillon {

namespace {

/// For an answer that is the error of a request.
template <class T>
auto fails(caf::typed_response_promise<T> promise) {
  return [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); };
}

} // namespace

webhook_changes::webhook_changes(webhook_hub_actor::pointer self, const webhook_hub_env& env,
                                 webhook_registry& registry, const webhook_secrets& secrets,
                                 webhook_endpoints& endpoints, endpoint_feeder& feeder)
  : self_{self}, env_{env}, registry_{registry}, secrets_{secrets},
    rules_{env.allow_http, env.options.private_targets, env.check_target},
    endpoints_{endpoints}, feeder_{feeder} {
}

// -- settings ---------------------------------------------------------------------

caf::result<webhook_answer> webhook_changes::create(const create_webhook& x) {
  if (endpoints_.is_draining())
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  auto settings = rules_.accept(x);
  if (!settings)
    return to_error(settings.error());
  // Holds a place until the webhook is in the index, which counts it then.
  auto place = registry_.reserve(settings->company_id);
  if (!place)
    return to_error(place.error());
  auto secret = webhook_secrets::from(x.secret, x.kind);
  if (!secret)
    return to_error(secret.error());
  auto kept_secret = secrets_.seal(*secret);
  if (!kept_secret)
    return to_error(kept_secret.error());
  auto promise = self_->make_response_promise<webhook_answer>();
  create_webhook request;
  request.settings = std::move(*settings);
  request.sealed = std::move(kept_secret->sealed);
  request.by = x.by;
  auto stored
    = [this, promise, text = std::move(kept_secret->text),
       kept = std::make_shared<bound_lease>(std::move(*place))](const webhook& made) mutable {
        *kept = bound_lease{};
        registry_.put(made);
        endpoints_.start(made.id);
        promise.deliver(webhook_answer{made, std::move(text)});
      };
  self_->request(env_.consumers.router, store_deadline, atom::head_v)
    .then(
      [this, request = std::move(request), stored, promise](position head) mutable {
        request.start = head;
        self_->request(env_.state_writer, store_deadline, std::move(request))
          .then(stored, fails(promise));
      },
      fails(promise));
  return promise;
}

caf::result<webhook_answer> webhook_changes::update(const update_webhook& x) {
  if (auto fit = rules_.check(x); !fit)
    return to_error(fit.error());
  auto promise = self_->make_response_promise<webhook_answer>();
  if (!x.change.url && !x.secret) {
    write({x, {}}, promise);
    return promise;
  }
  auto on_record = [this, x, promise](const webhook_with_secrets_ptr& was) mutable {
    if (auto change = prepare(std::move(x), *was); change)
      write(std::move(*change), promise);
    else
      promise.deliver(to_error(change.error()));
  };
  self_->request(env_.state_reader, store_deadline, get_webhook{x.id, x.company_id})
    .then(on_record, fails(promise));
  return promise;
}

/// With the normalized URL and the sealed secret.
expected<webhook_changes::prepared_change>
webhook_changes::prepare(update_webhook x, const webhook_with_secrets& was) const {
  if (x.change.url) {
    auto url = rules_.moved_url(x, was.webhook.settings);
    if (!url)
      return url.error();
    x.change.url = std::move(*url);
  }
  if (!x.secret)
    return prepared_change{std::move(x), {}};
  auto secret = webhook_secrets::from(*x.secret, secrets_.kind_of(was.secrets));
  if (!secret)
    return secret.error();
  auto kept = secrets_.seal(*secret);
  if (!kept)
    return kept.error();
  auto made = x.secret->empty() ? std::move(kept->text) : std::string{};
  x.sealed = std::move(kept->sealed);
  x.secret.reset();
  return prepared_change{std::move(x), std::move(made)};
}

void webhook_changes::write(prepared_change x, caf::typed_response_promise<webhook_answer> to) {
  self_->request(env_.state_writer, store_deadline, std::move(x.request))
    .then(
      [this, made = std::move(x.made), to](const webhook& now) mutable {
        // The endpoint first stops sending with its old settings, then the new ones apply.
        endpoints_.restart(now.id);
        registry_.put(now);
        to.deliver(webhook_answer{now, std::move(made)});
      },
      fails(to));
}

caf::result<webhook> webhook_changes::enable(const enable_webhook& x) {
  auto promise = self_->make_response_promise<webhook>();
  auto request = x;
  if (!request.enabled && request.reason.empty())
    request.reason = "operator";
  self_->request(env_.state_writer, store_deadline, std::move(request))
    .then(
      [this, promise](const webhook& now) mutable {
        registry_.put(now);
        if (now.enabled)
          endpoints_.restart(now.id);
        else
          endpoints_.stop(now.id);
        promise.deliver(now);
      },
      fails(promise));
  return promise;
}

caf::result<atom::done> webhook_changes::remove(const delete_webhook& x) {
  auto promise = self_->make_response_promise<atom::done>();
  self_->request(env_.state_writer, store_deadline, x)
    .then(
      [this, id = x.id, promise](atom::done) mutable {
        registry_.erase(id);
        endpoints_.end(id);
        promise.deliver(atom::done_v);
      },
      fails(promise));
  return promise;
}

// -- secrets ------------------------------------------------------------------------

caf::result<rotated_secret> webhook_changes::rotate(const rotate_webhook_secret& x) {
  if (x.grace < std::chrono::seconds{0} || x.grace > webhook_limits::secret_grace)
    return to_error(
      {ec::invalid_argument, "the value is not within 0 to 604800 seconds", "graceSeconds"});
  auto promise = self_->make_response_promise<rotated_secret>();
  if (!x.secret.empty()) {
    // Once there is a promise, only it may answer.
    if (auto secret = parse_webhook_secret(x.secret); secret)
      replace_secret(x, *secret, promise);
    else
      promise.deliver(to_error(secret.error()));
    return promise;
  }
  self_->request(env_.state_reader, store_deadline, get_webhook{x.id, x.company_id})
    .then(
      [this, x, promise](const webhook_with_secrets_ptr& record) mutable {
        if (auto secret = make_webhook_secret(secrets_.kind_of(record->secrets)); secret)
          replace_secret(x, *secret, promise);
        else
          promise.deliver(to_error(secret.error()));
      },
      fails(promise));
  return promise;
}

void webhook_changes::replace_secret(const rotate_webhook_secret& x, const webhook_secret& by,
                                     caf::typed_response_promise<rotated_secret> to) {
  auto kept = secrets_.seal(by);
  if (!kept) {
    to.deliver(to_error(kept.error()));
    return;
  }
  rotated_secret out{std::move(kept->text), env_.consumers.now() + x.grace};
  add_webhook_secret request{x.id, x.company_id, std::move(kept->sealed), out.old_expires_at, x.by};
  self_->request(env_.state_writer, store_deadline, std::move(request))
    .then(
      [this, id = x.id, to, out](atom::done) mutable {
        if (endpoints_.table().find(id) != nullptr)
          endpoints_.restart(id);
        to.deliver(std::move(out));
      },
      fails(to));
}

// -- deliveries -------------------------------------------------------------------

caf::result<retry_row> webhook_changes::resend(const resend_webhook_delivery& x) {
  auto promise = self_->make_response_promise<retry_row>();
  self_->request(env_.state_writer, store_deadline, x)
    .then(
      [this, id = x.key.webhook_id, promise](const retry_row& row) mutable {
        feeder_.on_retry_row(id, row);
        promise.deliver(row);
      },
      fails(promise));
  return promise;
}

caf::result<recovered_rows> webhook_changes::recover(const recover_webhook& x) {
  auto promise = self_->make_response_promise<recovered_rows>();
  self_->request(env_.state_writer, store_deadline, x)
    .then(
      [this, id = x.id, promise](recovered_rows& found) mutable {
        for (const auto& row : found.rows)
          feeder_.on_retry_row(id, row);
        promise.deliver(std::move(found));
      },
      fails(promise));
  return promise;
}

} // namespace carillon
