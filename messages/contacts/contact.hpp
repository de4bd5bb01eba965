#pragma once

#include "base/page.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/events/event.hpp"
#include "messages/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon {

/// Channel on which a contact is notified.
enum class contact_channel : uint8_t { email, notification };

/// `email` or `notification`.
std::string_view name_of(contact_channel x) noexcept;
/// Inverse of `name_of`; empty for any other text.
std::optional<contact_channel> contact_channel_from(std::string_view name) noexcept;

/// A recipient of the handlers' mails and notifications. A contact belongs to its company: the same
/// user id at two companies makes two independent contacts. Neither company sees or changes the
/// other's.
struct contact {
  /// As in events; 1–128 bytes.
  std::string user_id;
  /// Empty = no company: kept by the node's operators, for users without a contact at their
  /// company.
  std::string company_id;
  /// May be empty; then no mail is sent.
  std::string email;
  std::string name;
  /// `admin`, or any other; `[a-z0-9_-]`, ≤ 32 bytes.
  std::string role;
  /// Muted notifications: a channel and an event type, or `*` for every type. Ascending.
  std::vector<std::pair<contact_channel, std::string>> muted;
  timestamp updated_at;
};

/// Limits of a contact; more is rejected.
struct contact_limits {
  static constexpr size_t name_bytes = 200;
  static constexpr size_t role_bytes = 32;
  /// Per channel.
  static constexpr size_t muted = 100;
};

/// Inserts the contact, or replaces the one of this user and company.
struct put_contact {
  using answer = contact;
  contact person;
  operator_stamp by;
};

/// Errors: `not_found` (also for another company's contact), `conflict` (see `get_contact`).
struct delete_contact {
  using answer = void;
  std::string user_id;
  std::optional<std::string> company_id;
  operator_stamp by;
};

/// One user's contact at this company; empty text = the contact without a company. Without
/// `company_id` the only contact of the user. Errors: `not_found` (also of another company),
/// `conflict` (the user has contacts at several companies, and none is named).
struct get_contact {
  using answer = contact;
  std::string user_id;
  std::optional<std::string> company_id;
};

/// A page of contacts.
struct contact_list {
  std::vector<contact> items;
  /// Pass as `after` for the next page; opaque, empty at the end.
  std::string next;
};

/// By user id, then company, ascending.
struct list_contacts {
  using answer = contact_list;
  std::optional<std::string> company_id;
  std::optional<std::string> role;
  /// Keyset: only contacts beyond `contact_list::next` of the page before.
  std::string after;
  /// 1–1000.
  size_t limit = 100;
};

/// Requests about contacts that the state actor answers.
using contact_requests = request_list<put_contact, delete_contact, get_contact, list_contacts>;

} // namespace carillon
