#include "messages/contacts/contact.hpp"

namespace carillon {

std::string_view name_of(contact_channel x) noexcept {
  return x == contact_channel::email ? "email" : "notification";
}

std::optional<contact_channel> contact_channel_from(std::string_view name) noexcept {
  if (name == "email")
    return contact_channel::email;
  if (name == "notification")
    return contact_channel::notification;
  return std::nullopt;
}

} // namespace carillon
