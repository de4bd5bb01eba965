#pragma once

#include "messages/access/api_key.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// The authenticated sender of a request.
struct principal {
  /// Id of the API key; 0 under `--dev`. Of who has signed in at an OpenID provider: a number made
  /// of issuer and subject, with the highest bit set.
  uint64_t key_id = 0;
  carillon::role role = carillon::role::reader;
  /// Bound to this company; empty = every company.
  std::string company_id;
  /// Name of the API key, for the audit log.
  std::string key_name = {};
  /// See `api_key::consumers`.
  std::string consumers = {};
  /// Subject at the OpenID provider; empty for API keys.
  std::string subject = {};
  /// See `api_key::break_glass`.
  bool break_glass = false;

  bool is_bound() const noexcept {
    return !company_id.empty();
  }

  /// True if it may see data of `company`. Data without a company is visible only to keys that are
  /// not bound to one.
  bool may_see(std::string_view company) const noexcept {
    return !is_bound() || company_id == company;
  }

  /// Publishers and admins may publish.
  bool may_publish() const noexcept {
    return role == carillon::role::publisher || may_administer();
  }

  /// Readers and admins may read.
  bool may_read() const noexcept {
    return role == carillon::role::reader || may_administer();
  }

  /// Workers and admins may set a remote consumer up, and take its deliveries.
  bool may_work(std::string_view consumer) const noexcept {
    return may_administer()
           || (role == carillon::role::worker && lists_consumer(consumers, consumer));
  }

  /// Of a consumer that is a company's, what `may_work` does not tell; a key that is bound to a
  /// company finds no other's.
  bool may_work_for_companies(std::string_view consumer) const noexcept {
    return is_bound() || may_administer() || lists_company_consumer(consumers, consumer);
  }

  /// Readers, admins, and workers that are not bound to names of consumers may read the log as a
  /// stream.
  bool may_stream() const noexcept {
    return may_read() || (role == carillon::role::worker && consumers.empty());
  }

  /// Workers and admins may take the jobs of a queue.
  bool may_work_on(std::string_view queue) const noexcept {
    return may_administer() || (role == carillon::role::worker && lists_queue(consumers, queue));
  }

  bool may_administer() const noexcept {
    return role == carillon::role::admin;
  }
};

/// As the audit log names it: `key:<id>`, `oidc:<subject>`, or `dev` for who needs no key.
inline std::string actor_name(const principal& who) {
  if (!who.subject.empty())
    return "oidc:" + who.subject;
  return who.key_id == 0 ? "dev" : "key:" + std::to_string(who.key_id);
}

} // namespace carillon
