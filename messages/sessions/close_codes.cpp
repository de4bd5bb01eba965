#include "messages/sessions/close_codes.hpp"

#include <algorithm>

namespace carillon {

size_t session_close_slot(uint16_t code) noexcept {
  const auto* found = std::find(session_close_codes.begin(), session_close_codes.end(), code);
  return found == session_close_codes.end()
           ? 0
           : static_cast<size_t>(found - session_close_codes.begin());
}

} // namespace carillon
