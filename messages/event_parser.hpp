#pragma once

#include "messages/codec.hpp"
#include "messages/json_sax.hpp"
#include "messages/payload_view.hpp"

#include <rapidjson/memorystream.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// The forms that the parser understands.
enum class event_form : uint8_t { plain, cloud_event };

/// Receives the SAX events of a text that holds one event, or an array of them, and makes drafts.
/// One pass: `data` and `metadata` are cut out of the text by their positions; of `data` only the
/// top-level members are noted, for the check against the type. Internal to the codec; one per
/// thread, reused.
class event_parser {
public:
  /// Parses one event. Errors as `parse_event`.
  expected<draft_ptr> parse_one(std::string_view text, event_form form, const parse_context& ctx);

  /// Parses an array. Errors as `parse_events`.
  expected<parsed_items> parse_many(std::string_view text, event_form form,
                                    const parse_context& ctx, size_t max_items);

  /// Notes the members of a payload that stands alone (binary mode).
  expected<void> parse_payload(std::string_view text, payload_view& out);

  // -- what RapidJSON calls ---------------------------------------------------

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

  /// What an envelope may hold; the order is that of the name tables.
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
  void begin_item();
  void end_item();
  expected<draft_ptr> make_draft();
  bool scalar(json_kind kind, std::string_view text);
  bool value_begins(json_kind kind);
  bool container_begins(json_kind kind);
  bool container_ends();
  void take_text(field which, json_kind kind, std::string_view text);
  void wrong_kind(std::string_view name, json_kind wanted, json_kind got);
  void refuse(ec code, std::string detail, std::string name);
  bool stop(ec code, std::string detail);
  std::string_view fault_of(std::string_view x) const;
  expected<void> check_envelope(event& x);
  expected<void> adopt_ids(event& x, const payload_view& data) const;
  expected<void> check_type(event& x, const payload_view& data);
  /// Position in the text. RapidJSON's iterative parser calls `Start…` before it takes the opening
  /// bracket, and `End…` before it takes the closing one.
  size_t at() const;

  std::string_view text_;
  event_form form_ = event_form::plain;
  const parse_context* ctx_ = nullptr;
  rapidjson::MemoryStream* stream_ = nullptr;
  /// The text escapes a NUL somewhere, or a surrogate; else no string has to be searched for it.
  bool may_hold_nul_ = false;
  bool may_hold_half_ = false;
  json_guard guard_;
  /// Ends the parse: the text as a whole is refused.
  std::optional<failure> fatal_;

  // The array, if there is one.
  bool many_ = false;
  bool payload_only_ = false;
  size_t max_items_ = 0;
  parsed_items items_;

  // The item.
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

/// True for the header value of W3C Trace Context: version 00, two lower case hex ids, flags.
bool is_traceparent(std::string_view x) noexcept;

/// The parser of this thread.
event_parser& this_threads_parser();

} // namespace carillon
