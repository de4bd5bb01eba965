#pragma once

#include "messages/state/interfaces.hpp"
#include "tests/net/admin/admin_data.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

namespace carillon::test {

/// Adds a contact with everything set.
contact& add_contact(admin_data& data, const std::string& user, const std::string& company);

/// Adds an unread notification of a user.
notification& add_notification(admin_data& data, uint64_t id, const std::string& user,
                               const std::string& company);

/// Adds an order sheet with the content `%PDF-<id>`.
document& keep_document(admin_data& data, uint64_t id, const std::string& company);

/// The admin port's function for reading documents.
expected<std::string> read_document(admin_data& data, const document& x);

/// The admin port's function for deleting documents.
expected<uint64_t> delete_documents(admin_data& data, const document_removal& x);

/// A state actor that answers the admin port's requests about jobs, contacts, notifications and
/// documents.
caf::behavior admin_contacts_state(caf::event_based_actor* self, admin_data* data);

} // namespace carillon::test
