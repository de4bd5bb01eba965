#pragma once

#include "messages/codec/codec.hpp"
#include "messages/codec/json_sax.hpp"
#include "messages/codec/payload_view.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// The forms that the parser understands.
enum class event_form : uint8_t { plain, cloud_event };

/// Receives the SAX events of a text that holds one event, and makes a draft. One pass: `data` and
/// `metadata` are cut out of the text by their positions. Only the top-level members of `data` are
/// recorded, for the check against the type. Internal to the codec; one per thread, reused.
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

  /// Members of an envelope, in the order of the name tables.
  enum class field : uint8_t {
    id,
    type,
    source,
    time,
    company_id,
    user_id,
    correlation_id,
    causation_id,
    traceparent,
    audience,
    data,
    metadata,
    spec_version,
    content_type,
    subject,
    schema,
    data_base64,
    extension,
  };

private:
  void begin(std::string_view text, event_form form, const parse_context& ctx);
  expected<void> run();
  expected<void> run_once();
  void begin_item();
  expected<draft_ptr> make_draft();
  bool scalar(json_kind kind, std::string_view text);
  bool value_begins(json_kind kind);
  bool container_begins(json_kind kind);
  bool container_ends();
  void take_text(field which, json_kind kind, std::string_view text);
  void keep_attribute(json_kind kind, std::string_view text);
  void wrong_kind(std::string_view name, json_kind wanted, json_kind got);
  void refuse(ec code, std::string detail, std::string name);
  bool stop(ec code, std::string detail);
  expected<void> no_json(std::string detail);
  std::string_view fault_of(std::string_view x) const;
  expected<void> check_envelope(event& x);
  expected<void> adopt_ids(event& x, const payload_view& data, bool is_described) const;
  expected<void> check_type(event& x, const payload_view& data, const type_info* info);
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
  draft_ptr draft_;
  std::optional<failure> fault_;
  size_t item_depth_ = 0;
  field field_ = field::id;
  std::string name_;
  uint32_t given_ = 0;
  std::string extensions_;
  std::optional<std::string> time_text_;
  std::optional<std::string> audience_text_;
  size_t cut_begin_ = 0;
  std::string_view data_text_;

  // The members of `data`.
  std::vector<payload_member> members_;
  size_t member_count_ = 0;
  size_t data_depth_ = 0;
  size_t value_begin_ = 0;
};

/// The parser of this thread.
event_parser& this_threads_parser();

} // namespace carillon
