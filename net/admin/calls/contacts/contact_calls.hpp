#pragma once

#include "net/admin/call.hpp"

// The handlers of the routes of contacts, notifications and documents, by file; see resources.hpp.

namespace carillon::admin {

// contacts.cpp
expected<answer> show_contacts(call& c);
expected<answer> show_contact(call& c);
expected<answer> change_contact(call& c);
expected<answer> remove_contact(call& c);

// notifications.cpp
expected<answer> show_notifications(call& c);
expected<answer> show_notification(call& c);
expected<answer> read_notification(call& c);
expected<answer> read_all_notifications(call& c);

// documents.cpp
expected<answer> show_documents(call& c);
expected<answer> show_document(call& c);
expected<answer> delete_document(call& c);
expected<answer> delete_documents(call& c);

} // namespace carillon::admin
