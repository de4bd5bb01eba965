#pragma once

#include "messages/consumers/effect_listener.hpp"
#include "messages/contacts/contact.hpp"
#include "messages/contacts/document.hpp"
#include "messages/contacts/requests.hpp"
#include "messages/ids.hpp"
#include "messages/request_actor.hpp"

namespace carillon {

// The STATE actor, as this capability sees it. Every request may also fail with
// `ec::store_unavailable`.

/// Contacts.
using contact_store_actor = actor_answering<contact_requests>;

/// Notifications of users.
using notification_store_actor = actor_answering<notification_requests>::extend<
  // Notifies this actor from now on when notifications were added.
  caf::reacts_to<atom::notified, effect_listener_actor>>;

/// Documents, without their bytes: see `engine::read_document`.
using document_store_actor = actor_answering<document_requests>;

} // namespace carillon
