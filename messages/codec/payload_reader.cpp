#include "messages/codec/payload_reader.hpp"

#include "messages/codec/event_parser.hpp"

namespace carillon {

expected<payload_view> read_payload(std::string_view data) {
  payload_view out;
  if (auto parsed = this_threads_parser().parse_payload(data, out); !parsed)
    return parsed.error();
  return out;
}

} // namespace carillon
