// Messages of a session's client: JSON from untrusted input. Each is a command or an error, and the
// answer to it is a frame of valid JSON.

#include "fuzz/json_check.hpp"
#include "fuzz/require.hpp"
#include "messages/sessions/texts.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace carillon;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  // The frame reader passes on only UTF-8.
  if (!is_utf8(text))
    return 0;
  auto command = parse_command(text);
  std::string answer;
  if (!command)
    answer = error_json(command.error());
  else if (command->op == session_command::operation::subscribe)
    answer = subscribed_json(command->types);
  else
    answer = position_json(1);
  fuzz::require(fuzz::is_json_object(answer));
  return 0;
}
