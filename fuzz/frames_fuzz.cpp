// The inbound frames of a session (RFC 6455 section 5). Accepted messages are whole, UTF-8 and
// within the limit; answers are control frames, at the end a close with the named code; nothing
// follows the end, or our own close; and the split of the input into pieces changes nothing.

#include "base/text/utf8.hpp"
#include "fuzz/require.hpp"
#include "net/data/sessions/frame_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace carillon;
using sessions::frame_reader;

namespace {

constexpr size_t max_message = 4'096;

struct outcome {
  std::vector<std::string> texts;
  /// The split decides which of several faults is seen first, and which pongs come before it.
  std::string answers;
  bool ended = false;
};

/// Frames of a server: control frames only, unmasked and whole, a close only at the end. Returns
/// the payload of the close, or nothing without a close.
std::optional<std::string_view> check_answers(std::string_view x) {
  while (!x.empty()) {
    fuzz::require(x.size() >= 2);
    auto opcode = static_cast<uint8_t>(x[0]);
    auto length = static_cast<uint8_t>(x[1]);
    fuzz::require(opcode == 0x8a || opcode == 0x88);
    fuzz::require(length <= 125 && x.size() >= 2U + length);
    if (opcode == 0x88) {
      fuzz::require(x.size() == 2U + length);
      return x.substr(2);
    }
    x.remove_prefix(2U + length);
  }
  return std::nullopt;
}

/// A fault that ends a connection is reported with the code that the reader names.
void check_end(const frame_reader& reader, std::optional<std::string_view> close) {
  fuzz::require(close.has_value());
  if (auto code = reader.code(); code != 0)
    fuzz::require(*close == std::string{static_cast<char>(code >> 8), static_cast<char>(code)});
}

/// Reads the stream in pieces. After `pieces_before_close` of them our side sends a close: later
/// input is skipped.
outcome read(std::string_view stream, size_t piece, size_t pieces_before_close = SIZE_MAX) {
  outcome out;
  bool silent = false;
  frame_reader reader{{[&](std::string text) {
                         fuzz::require(!out.ended && !silent);
                         fuzz::require(text.size() <= max_message);
                         fuzz::require(is_utf8(text));
                         out.texts.push_back(std::move(text));
                       },
                       [&](const std::string& bytes) {
                         fuzz::require(!out.ended && !silent);
                         out.answers += bytes;
                       }},
                      max_message};
  while (!stream.empty() && !out.ended) {
    if (pieces_before_close-- == 0) {
      reader.closing();
      silent = true;
    }
    auto size = std::min(piece, stream.size());
    auto ended = reader.feed(stream.substr(0, size)) == frame_reader::state::ended;
    stream.remove_prefix(size);
    out.ended = ended;
  }
  fuzz::require(!out.ended
                || reader.feed("\x81\x80\x01\x02\x03\x04") == frame_reader::state::ended);
  auto close = check_answers(out.answers);
  if (out.ended && !silent)
    check_end(reader, close);
  if (out.ended)
    out.answers.clear();
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1)
    return 0;
  std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
  auto whole = read(stream, stream.size());
  auto pieces = read(stream, 1 + data[0] % 32U);
  // Invalid text of a close is detected at once, or at its end.
  fuzz::require(whole.texts == pieces.texts);
  fuzz::require(whole.ended || pieces.ended || whole.answers == pieces.answers);
  read(stream, 1 + data[0] % 32U, data[0] / 32U);
  return 0;
}
