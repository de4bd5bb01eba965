#pragma once

#include "net/admin/call.hpp"

// The handlers of the routes of handlers and their dead letters, by file; see resources.hpp.

namespace carillon::admin {

// consumers.cpp
expected<answer> show_consumers(call& c);
expected<answer> show_consumer(call& c);
expected<answer> pause_delivery(call& c);
expected<answer> resume_delivery(call& c);

// dead_letters.cpp
expected<answer> show_dead_letters(call& c);
expected<answer> retry_dead_letter(call& c);
expected<answer> discard_dead_letter(call& c);

// dead_letters_bulk.cpp
expected<answer> retry_dead_letters(call& c);
expected<answer> discard_dead_letters(call& c);

} // namespace carillon::admin
