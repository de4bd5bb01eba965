#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// What the owner of a key may do: see `principal`.
enum class role : uint8_t { publisher, reader, admin, worker };

/// `publisher`, `reader` or `admin`.
std::string_view name_of(role x) noexcept;
/// Inverse of `name_of`; empty for any other text.
std::optional<role> role_from(std::string_view name) noexcept;

/// An API key as it is stored, without the key itself.
struct api_key {
  uint64_t id = 0;
  std::string name;
  carillon::role role = carillon::role::reader;
  /// Bound to this company; empty = every company.
  std::string company_id;
  /// Of a worker: the remote consumers and queues of jobs that it works for, see
  /// `is_consumer_list`; empty = all.
  std::string consumers;
  /// SHA-256 of the key text, lower case hex.
  std::string hash;
  /// SHA-256 of a client's certificate, see `certificate_digest`: the key is only accepted from who
  /// shows it, who need not send the key then; empty = it is bound to none.
  std::string certificate = {};
  timestamp created_at;
  /// It is refused from then on; empty = it has no end.
  std::optional<timestamp> expires_at = {};
  /// When it was last used, to about a minute, as far as that is stored; empty = never.
  std::optional<timestamp> last_used_at = {};
  /// An admin's of all companies for the time in which nobody can sign in: it opens the admin port
  /// only, and each use leaves a row in the audit log and an alert.
  bool break_glass = false;
};

/// When a key was used.
struct key_use {
  uint64_t id = 0;
  timestamp at;
};

/// The SHA-256 of a certificate in 64 lower case hexadecimal digits, from those in any case, which
/// may have `:` between bytes, as `openssl x509 -fingerprint` prints them; empty for any other
/// text.
std::optional<std::string> certificate_digest(std::string_view text);

/// True for a list of names of consumers, and of queues with `queue/` before them, with commas
/// between them, at most 100; a name may end in `*` for all that begin with it. `*` alone stands
/// for all consumers and queues. Empty text is a list, too.
///
/// Companies give their consumers names themselves. So, to a key of no company, `mail.*` stands for
/// consumers of no company, and `companies/mail.*` for those of companies as well.
bool is_consumer_list(std::string_view x) noexcept;

/// True if a list is empty or has the consumer, or the queue.
/// @{
bool lists_consumer(std::string_view list, std::string_view name) noexcept;
bool lists_queue(std::string_view list, std::string_view queue) noexcept;
/// @}

/// True if a list of a key of no company has the consumer also if that is a company's: the list is
/// empty or `*`, or has its whole name, or says so by `companies/`.
bool lists_company_consumer(std::string_view list, std::string_view name) noexcept;

} // namespace carillon
