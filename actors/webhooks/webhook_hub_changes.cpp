#include "actors/webhooks/webhook_hub.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/codec/catalogue/webhook.hpp"
#include "messages/codec/described.hpp"

#include <caf/send.hpp>

// Operators' changes. The store comes first: stored changes are then published here.

namespace carillon {

namespace {

constexpr std::chrono::hours max_grace{24 * 7};
constexpr std::chrono::seconds note_deadline{10};

} // namespace

// -- secrets ----------------------------------------------------------------------

expected<sealed_secret> webhook_hub_state::seal(const webhook_secret& x) const {
  auto text = to_text(x);
  if (!text)
    return text.error();
  auto sealed = env_.secrets->seal(*text, webhook_secret_context);
  if (!sealed)
    return sealed.error();
  return sealed_secret{std::move(*sealed), env_.consumers.now(), std::nullopt};
}

expected<std::vector<signing_secret>>
webhook_hub_state::open(const std::vector<sealed_secret>& xs) const {
  std::vector<signing_secret> out;
  auto now = env_.consumers.now();
  for (const auto& x : xs) {
    if (x.expires_at && *x.expires_at <= now)
      continue;
    auto text = env_.secrets->open(x.sealed, webhook_secret_context);
    // If the key file is lost, an unreadable old secret does no harm as long as the new one is
    // readable.
    if (!text && !out.empty())
      continue;
    if (!text)
      return failure{ec::store_corrupt,
                     "its secret cannot be opened: is the key file the one it was sealed with?",
                     {}};
    auto secret = parse_webhook_secret(*text);
    if (!secret)
      return secret.error();
    out.push_back({std::move(*secret), x.expires_at});
  }
  return out;
}

expected<webhook_secret> webhook_hub_state::secret_from(const std::string& text,
                                                        webhook_secret_kind kind) const {
  if (!text.empty())
    return parse_webhook_secret(text);
  return make_webhook_secret(kind);
}

expected<void> webhook_hub_state::check(const webhook_settings& x) const {
  if (auto fit = check_webhook(x); !fit)
    return fit;
  auto plain = x.url.size() > 4 && x.url[4] == ':';
  if (plain && !env_.options.allow_http)
    return failure{ec::invalid_argument, "the URL is not an https one", "url"};
  return {};
}

expected<std::string> webhook_hub_state::check_target(const std::string& url,
                                                      bool private_targets) const {
  if (!env_.check_target)
    return url;
  auto out = env_.check_target(url, private_targets);
  if (out || out.error().code != ec::forbidden)
    return out;
  return failure{ec::invalid_argument,
                 out.error().detail
                   + ": it is not a public one; an admin of the node may register it with "
                     "privateTargets, if --webhooks-allow names the address",
                 "url"};
}

// -- settings ---------------------------------------------------------------------

caf::result<created_webhook> webhook_hub_state::create(const create_webhook& x) {
  if (draining_)
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  if (auto fit = check(x.settings); !fit)
    return to_error(fit.error());
  auto settings = x.settings;
  settings.private_targets = x.private_targets.value_or(env_.options.private_targets);
  auto url = check_target(settings.url, settings.private_targets);
  if (!url)
    return to_error(url.error());
  settings.url = std::move(*url);
  // Holds a place until the webhook is in the index, which counts it then.
  auto place = bound_lease::take(webhooks_, settings.company_id, 1);
  if (!place)
    return to_error(place.error());
  auto secret = secret_from(x.secret, x.kind);
  if (!secret)
    return to_error(secret.error());
  auto sealed = seal(*secret);
  auto text = to_text(*secret);
  if (!sealed || !text)
    return to_error(sealed ? text.error() : sealed.error());
  auto promise = self_->make_response_promise<created_webhook>();
  auto failed = [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); };
  insert_webhook request{std::move(settings), std::move(*sealed), 0, x.by};
  auto stored
    = [this, promise, text = std::move(*text),
       kept = std::make_shared<bound_lease>(std::move(*place))](const webhook& made) mutable {
        *kept = bound_lease{};
        env_.index->put(made);
        start(made.id);
        promise.deliver(created_webhook{made, std::move(text)});
      };
  self_->request(env_.consumers.router, store_deadline, atom::head_v)
    .then(
      [this, request = std::move(request), stored, failed](position head) mutable {
        request.start = head;
        self_->request(env_.state_writer, store_deadline, std::move(request)).then(stored, failed);
      },
      failed);
  return promise;
}

caf::result<changed_webhook> webhook_hub_state::update(const update_webhook& x) {
  // Only the given settings are checked; the others were checked when they were set.
  webhook_settings alone;
  alone.url = "https://unchanged.example";
  if (auto fit = check(changed(std::move(alone), x.change)); !fit)
    return to_error(fit.error());
  if (x.company_id && x.change.private_targets.value_or(false))
    return to_error(
      {ec::forbidden, "only an admin of the node gives private targets", "privateTargets"});
  auto promise = self_->make_response_promise<changed_webhook>();
  if (!x.change.url && !x.secret) {
    write(x, {}, promise);
    return promise;
  }
  auto on_record = [this, x, promise](const webhook_with_secrets_ptr& was) mutable {
    std::string made;
    if (auto request = prepared(std::move(x), *was, made); request)
      write(std::move(*request), std::move(made), promise);
    else
      promise.deliver(to_error(request.error()));
  };
  self_->request(env_.state_reader, store_deadline, get_webhook{x.id, x.company_id})
    .then(on_record, [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

/// With the normalized URL and the sealed secret. `made` becomes a newly generated secret.
expected<update_webhook> webhook_hub_state::prepared(update_webhook x,
                                                     const webhook_with_secrets& was,
                                                     std::string& made) const {
  const auto& settings = was.webhook.settings;
  if (x.change.url) {
    auto keeps = settings.private_targets && (!x.company_id || *x.change.url == settings.url);
    auto url = check_target(*x.change.url, x.change.private_targets.value_or(keeps));
    if (!url)
      return url.error();
    x.change.url = std::move(*url);
  }
  if (!x.secret)
    return x;
  auto present = open(was.secrets);
  auto kind
    = present && !present->empty() ? present->front().secret.kind : webhook_secret_kind::hmac;
  auto secret = secret_from(*x.secret, kind);
  if (!secret)
    return secret.error();
  auto sealed = seal(*secret);
  auto text = to_text(*secret);
  if (!sealed || !text)
    return sealed ? text.error() : sealed.error();
  if (x.secret->empty())
    made = std::move(*text);
  x.sealed = std::move(*sealed);
  x.secret.reset();
  return x;
}

void webhook_hub_state::write(update_webhook x, std::string made,
                              caf::typed_response_promise<changed_webhook> to) {
  self_->request(env_.state_writer, store_deadline, std::move(x))
    .then(
      [this, made = std::move(made), to](const webhook& now) mutable {
        // The endpoint first stops sending with its old settings, then the new ones apply.
        restart_changed(now.id);
        env_.index->put(now);
        to.deliver(changed_webhook{now, std::move(made)});
      },
      [to](caf::error& reason) mutable { to.deliver(std::move(reason)); });
}

caf::result<webhook> webhook_hub_state::enable(const enable_webhook& x) {
  auto promise = self_->make_response_promise<webhook>();
  auto request = x;
  if (!request.enabled && request.reason.empty())
    request.reason = "operator";
  self_->request(env_.state_writer, store_deadline, std::move(request))
    .then(
      [this, promise](const webhook& now) mutable {
        env_.index->put(now);
        if (now.enabled) {
          restart_changed(now.id);
        } else if (auto* y = find_running(now.id)) {
          y->again = false;
          if (y->state == phase::running)
            stop(now.id, *y);
        }
        promise.deliver(now);
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

caf::result<atom::done> webhook_hub_state::remove(const delete_webhook& x) {
  auto promise = self_->make_response_promise<atom::done>();
  self_->request(env_.state_writer, store_deadline, x)
    .then(
      [this, id = x.id, promise](atom::done) mutable {
        env_.index->erase(id);
        if (find_running(id) != nullptr)
          end(id);
        promise.deliver(atom::done_v);
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

caf::result<rotated_secret> webhook_hub_state::rotate(const rotate_webhook_secret& x) {
  if (x.grace < std::chrono::seconds{0} || x.grace > max_grace)
    return to_error(
      {ec::invalid_argument, "the value is not within 0 to 604800 seconds", "graceSeconds"});
  auto promise = self_->make_response_promise<rotated_secret>();
  auto failed = [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); };
  auto rotate_to = [this, x, promise, failed](const webhook_secret& secret) mutable {
    auto sealed = seal(secret);
    auto text = to_text(secret);
    if (!sealed || !text)
      return promise.deliver(to_error(sealed ? text.error() : sealed.error()));
    rotated_secret out{std::move(*text), env_.consumers.now() + x.grace};
    add_webhook_secret request{x.id, x.company_id, std::move(*sealed), out.old_expires_at, x.by};
    self_->request(env_.state_writer, store_deadline, std::move(request))
      .then(
        [this, id = x.id, promise, out](atom::done) mutable {
          if (find_running(id) != nullptr)
            restart_changed(id);
          promise.deliver(std::move(out));
        },
        failed);
  };
  if (!x.secret.empty()) {
    // Once there is a promise, only it may answer.
    if (auto secret = parse_webhook_secret(x.secret); secret)
      rotate_to(*secret);
    else
      promise.deliver(to_error(secret.error()));
    return promise;
  }
  self_->request(env_.state_reader, store_deadline, get_webhook{x.id, x.company_id})
    .then(
      [this, promise, rotate_to](const webhook_with_secrets_ptr& record) mutable {
        auto present = open(record->secrets);
        // A lost secret is replaced, too.
        auto kind
          = present && !present->empty() ? present->front().secret.kind : webhook_secret_kind::hmac;
        if (auto secret = make_webhook_secret(kind); secret)
          rotate_to(*secret);
        else
          promise.deliver(to_error(secret.error()));
      },
      failed);
  return promise;
}

// -- deliveries -------------------------------------------------------------------

caf::result<retry_row> webhook_hub_state::resend(const resend_webhook_delivery& x) {
  auto promise = self_->make_response_promise<retry_row>();
  self_->request(env_.state_writer, store_deadline, x)
    .then(
      [this, id = x.key.webhook_id, promise](const retry_row& row) mutable {
        on_retry_row(id, row);
        promise.deliver(row);
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

caf::result<recovered_rows> webhook_hub_state::recover(const recover_webhook& x) {
  auto promise = self_->make_response_promise<recovered_rows>();
  self_->request(env_.state_writer, store_deadline, x)
    .then(
      [this, id = x.id, promise](recovered_rows& found) mutable {
        for (const auto& row : found.rows)
          on_retry_row(id, row);
        promise.deliver(std::move(found));
      },
      [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

// -- disabling by the engine --------------------------------------------------------

void webhook_hub_state::on_disable(uint64_t id, const std::string& reason,
                                   const std::string& cause) {
  auto standing = env_.index->find(id);
  if (draining_ || !standing || !standing->enabled)
    return;
  // Of several attempts that end the same way, the first is reported.
  if (!disabling_.insert(id).second)
    return;
  // The note is logged first: after a crash in between the next failure repeats it, and the note
  // has the same id.
  self_->request(env_.state_reader, store_deadline, get_webhook{id, {}})
    .then(
      [this, id, reason, cause](const webhook_with_secrets_ptr& x) {
        webhook_endpoint_disabled note;
        note.company_id = x->webhook.settings.company_id;
        note.webhook_id = std::to_string(id);
        note.url = x->webhook.settings.url;
        note.reason = reason;
        publish_options options;
        options.source = "/carillon/webhooks";
        options.hops = 1;
        options.id = "webhook-disabled/" + note.webhook_id + "/" + reason + "/" + cause;
        // A note on a webhook for events of all companies has no company that could see it.
        if (note.company_id.empty())
          options.audience = audience::none;
        auto draft = make_draft(note, options);
        if (!draft) {
          on_disable_noted(id, reason);
          return;
        }
        auto done = [me = webhook_hub_actor{self_}, id, reason](const expected<receipts>& result) {
          caf::anon_send(me, atom::done_v, id, result ? reason : std::string{});
        };
        self_->send(env_.consumers.router,
                    std::make_shared<publish_call>(std::vector<draft_ptr>{std::move(*draft)},
                                                   self_->clock().now() + note_deadline,
                                                   std::move(done)));
      },
      [this, id](const caf::error&) { disabling_.erase(id); });
}

void webhook_hub_state::on_disable_noted(uint64_t id, const std::string& reason) {
  auto standing = env_.index->find(id);
  if (draining_ || reason.empty() || !standing || !standing->enabled) {
    disabling_.erase(id);
    return;
  }
  enable_webhook request;
  request.id = id;
  request.enabled = false;
  request.reason = reason;
  self_->request(env_.state_writer, store_deadline, std::move(request))
    .then(
      [this](const webhook& now) {
        disabling_.erase(now.id);
        ++env_.stats->webhooks_disabled;
        env_.index->put(now);
        if (auto* y = find_running(now.id)) {
          y->again = false;
          if (y->state == phase::running)
            stop(now.id, *y);
        }
      },
      [this, id](const caf::error&) { disabling_.erase(id); });
}

} // namespace carillon
