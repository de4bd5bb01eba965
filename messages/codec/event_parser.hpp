#pragma once

#include "messages/codec/codec.hpp"
#include "messages/codec/envelope_reader.hpp"
#include "messages/codec/json_sax.hpp"
#include "messages/codec/payload_recorder.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Receives the SAX events of a text that holds one event, and makes a draft in one pass. It checks
/// the JSON itself, and hands each value to the envelope or to the payload. `metadata` is cut out
/// of the text by its position. Internal to the codec; one per thread, reused.
class event_parser {
public:
  /// Parses one event. Errors as `parse_event`.
  expected<draft_ptr> parse_one(std::string_view text, event_form form, const parse_context& ctx);

  /// Records the members of a payload without an envelope (binary mode).
  expected<void> parse_payload(std::string_view text, payload_view& out);

  /// True if the last text was rejected because it is not JSON, not because of its content. Then
  /// nothing around it can be trusted either.
  bool is_no_json() const noexcept {
    return is_no_json_;
  }

  // -- callbacks of RapidJSON -------------------------------------------------

  bool Null();
  bool Bool(bool x);
  bool Int(int);
  bool Uint(unsigned);
  bool Int64(int64_t);
  bool Uint64(uint64_t);
  bool Double(double);
  bool RawNumber(const char* text, rapidjson::SizeType size, bool copy);
  bool String(const char* text, rapidjson::SizeType size, bool copy);
  bool StartObject();
  bool Key(const char* text, rapidjson::SizeType size, bool copy);
  bool EndObject(rapidjson::SizeType size);
  bool StartArray();
  bool EndArray(rapidjson::SizeType size);

private:
  void begin(std::string_view text, event_form form, const parse_context& ctx);
  expected<void> run();
  expected<void> run_once();
  bool scalar(json_kind kind, std::string_view text);
  bool value_begins(json_kind kind);
  bool container_begins(json_kind kind);
  bool container_ends();
  void member_begins(json_kind kind);
  /// True between the members of an envelope.
  bool in_envelope() const noexcept;
  /// The event is not one, for this reason unless there was one before.
  void refuse(failure x);
  void refuse_unless(expected<void> x);
  bool stop(ec code, std::string detail);
  expected<void> no_json(std::string detail);
  std::string_view fault_of(std::string_view x) const;
  /// Position in the text. RapidJSON's iterative parser calls `Start…` before it consumes the
  /// opening bracket, and `End…` before it consumes the closing one.
  size_t at() const;

  std::string_view text_;
  event_form form_ = event_form::plain;
  const parse_context* ctx_ = nullptr;
  rapidjson::MemoryStream* stream_ = nullptr;
  /// The text escapes a NUL or a surrogate somewhere. Otherwise no string has to be searched for
  /// one.
  bool may_hold_nul_ = false;
  bool may_hold_half_ = false;
  json_guard guard_;
  rapidjson::Reader reader_;
  /// The position of valid JSON at which RapidJSON stopped, or null; and the text without that
  /// part, to check whether the rest is JSON.
  const char* stopped_early_ = nullptr;
  std::string mended_;
  /// Ends the parse.
  std::optional<failure> fatal_;
  bool is_no_json_ = false;
  bool payload_only_ = false;

  // The event.
  std::optional<failure> fault_;
  size_t item_depth_ = 0;
  size_t metadata_begin_ = 0;
  envelope_reader envelope_;
  payload_recorder payload_;
};

/// The parser of this thread.
event_parser& this_threads_parser();

} // namespace carillon
