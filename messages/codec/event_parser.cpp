#include "messages/codec/event_parser.hpp"

#include "base/text/utf8.hpp"
#include "messages/codec/mended_json.hpp"

#include <rapidjson/error/en.h>

#include <cstring>

namespace carillon {

namespace {

constexpr const char* half_a_pair = "a string holds half of a surrogate pair, which is no text";

constexpr const char* huge_number = "a number is out of the range of a double";

} // namespace

event_parser& this_threads_parser() {
  thread_local event_parser parser;
  return parser;
}

// -- entry points -------------------------------------------------------------

void event_parser::begin(std::string_view text, event_form form, const parse_context& ctx) {
  text_ = text;
  form_ = form;
  ctx_ = &ctx;
  guard_.reset();
  fatal_.reset();
  fault_.reset();
  is_no_json_ = false;
  payload_only_ = false;
  item_depth_ = 0;
  payload_.reset(text);
}

expected<void> event_parser::no_json(std::string detail) {
  is_no_json_ = true;
  return failure{ec::malformed_json, std::move(detail), {}};
}

expected<void> event_parser::run() {
  if (text_.empty())
    return no_json("the text is empty");
  if (std::memchr(text_.data(), 0, text_.size()) != nullptr)
    return no_json("the text holds a NUL byte");
  if (!is_utf8(text_))
    return no_json("the text is not UTF-8");
  may_hold_nul_ = text_.find("\\u0000") != std::string_view::npos;
  may_hold_half_
    = text_.find("\\ud") != std::string_view::npos || text_.find("\\uD") != std::string_view::npos;
  auto done = run_once();
  if (done || !stopped_early_)
    return done;
  // RapidJSON stops at some valid JSON (RFC 8259, sections 6 and 7). A second parse without that
  // part shows whether the rest is JSON. The text is rejected in both cases.
  auto why = std::string{stopped_early_};
  mended_ = with_small_numbers(with_whole_pairs(text_));
  auto only_payload = payload_only_;
  begin(mended_, form_, *ctx_);
  payload_only_ = only_payload;
  refuse({ec::invalid_argument, std::move(why), {}});
  done = run_once();
  return done ? expected<void>{*fault_} : done;
}

expected<void> event_parser::run_once() {
  rapidjson::MemoryStream stream{text_.data(), text_.size()};
  stream_ = &stream;
  auto result = reader_.Parse<json_flags>(stream, *this);
  stream_ = nullptr;
  stopped_early_ = result.Code() == rapidjson::kParseErrorStringUnicodeSurrogateInvalid
                     ? half_a_pair
                   : result.Code() == rapidjson::kParseErrorNumberTooBig ? huge_number
                                                                         : nullptr;
  if (fatal_)
    return *fatal_;
  if (result.IsError())
    return no_json(std::string{rapidjson::GetParseError_En(result.Code())} + " (at byte "
                   + std::to_string(result.Offset()) + ")");
  return {};
}

expected<draft_ptr> event_parser::parse_one(std::string_view text, event_form form,
                                            const parse_context& ctx) {
  begin(text, form, ctx);
  if (auto done = run(); !done)
    return done.error();
  if (fault_)
    return std::move(*fault_);
  return make_draft(envelope_.envelope(), payload_.view(payload_.json()), *ctx_);
}

expected<void> event_parser::parse_payload(std::string_view text, payload_view& out) {
  static const parse_context no_context;
  begin(text, event_form::plain, no_context);
  payload_only_ = true;
  if (auto done = run(); !done)
    return done;
  if (fault_)
    return *fault_;
  out = payload_.view(payload_.json());
  return {};
}

// -- structure ----------------------------------------------------------------

size_t event_parser::at() const {
  return stream_->Tell();
}

/// A forbidden character that an escape put into a string; empty if there is none. RapidJSON
/// accepts a low surrogate without a high one, which is not UTF-8.
std::string_view event_parser::fault_of(std::string_view x) const {
  if (may_hold_nul_ && x.find('\0') != std::string_view::npos)
    return "\\u0000, which is not stored";
  return may_hold_half_ && !is_utf8(x) ? "half of a surrogate pair, which is no text"
                                       : std::string_view{};
}

bool event_parser::stop(ec code, std::string detail) {
  fatal_ = failure{code, std::move(detail), {}};
  return false;
}

void event_parser::refuse(failure x) {
  if (!fault_)
    fault_ = std::move(x);
}

void event_parser::refuse_unless(expected<void> x) {
  if (!x)
    refuse(std::move(x).error());
}

bool event_parser::in_envelope() const noexcept {
  return item_depth_ != 0 && guard_.depth() == item_depth_;
}

/// A value begins at the current depth. False ends the parse.
bool event_parser::value_begins(json_kind kind) {
  if (guard_.depth() != 0)
    return true;
  if (payload_only_) {
    if (kind != json_kind::object)
      return stop(ec::invalid_argument, "data must be an object");
    payload_.open(1, at());
    return true;
  }
  envelope_.begin(form_);
  payload_.clear();
  if (kind == json_kind::object)
    item_depth_ = 1;
  else
    refuse(
      {ec::invalid_argument, "an event must be an object, got " + std::string{describe(kind)}, {}});
  return true;
}

bool event_parser::container_begins(json_kind kind) {
  if (!value_begins(kind))
    return false;
  if (payload_.is_open())
    payload_.container_begins(guard_.depth(), kind, at());
  else if (in_envelope() && !fault_)
    member_begins(kind);
  if (!guard_.open(kind == json_kind::object))
    return stop(ec::invalid_argument,
                "more than " + std::to_string(event_limits::json_depth) + " levels of nesting");
  return true;
}

/// A member of the envelope has an object or array as its value.
void event_parser::member_begins(json_kind kind) {
  refuse_unless(envelope_.container(kind));
  if (fault_)
    return;
  if (envelope_.field() == envelope_field::data)
    payload_.open(item_depth_ + 1, at());
  else
    metadata_begin_ = at();
}

bool event_parser::container_ends() {
  guard_.close();
  if (payload_.is_open())
    payload_.container_ends(guard_.depth(), at());
  else if (in_envelope() && envelope_.field() == envelope_field::metadata && !fault_)
    refuse_unless(envelope_.metadata(text_.substr(metadata_begin_, at() + 1 - metadata_begin_)));
  return true;
}

// -- callbacks of RapidJSON ---------------------------------------------------

bool event_parser::Null() {
  return scalar(json_kind::null, "null");
}

bool event_parser::Bool(bool x) {
  return scalar(json_kind::boolean, x ? "true" : "false");
}

// Numbers come as text.
bool event_parser::Int(int) {
  return false;
}

bool event_parser::Uint(unsigned) {
  return false;
}

bool event_parser::Int64(int64_t) {
  return false;
}

bool event_parser::Uint64(uint64_t) {
  return false;
}

bool event_parser::Double(double) {
  return false;
}

bool event_parser::RawNumber(const char* text, rapidjson::SizeType size, bool) {
  auto kind = number_kind({text, size});
  if (kind == json_kind::null) {
    refuse({ec::invalid_argument, huge_number, {}});
    kind = json_kind::number;
  }
  return scalar(kind, {text, size});
}

bool event_parser::String(const char* text, rapidjson::SizeType size, bool) {
  std::string_view x{text, size};
  if (auto fault = fault_of(x); !fault.empty())
    refuse({ec::invalid_argument, "a string holds " + std::string{fault}, {}});
  return scalar(json_kind::string, x);
}

bool event_parser::StartObject() {
  return container_begins(json_kind::object);
}

bool event_parser::EndObject(rapidjson::SizeType) {
  return container_ends();
}

bool event_parser::StartArray() {
  return container_begins(json_kind::array);
}

bool event_parser::EndArray(rapidjson::SizeType) {
  return container_ends();
}

bool event_parser::Key(const char* text, rapidjson::SizeType size, bool) {
  std::string_view x{text, size};
  if (auto fault = fault_of(x); !fault.empty())
    refuse({ec::invalid_argument, "a name holds " + std::string{fault}, {}});
  if (!guard_.name(x))
    refuse({ec::invalid_argument, "the name '" + excerpt(x) + "' occurs twice in one object", {}});
  if (payload_.is_open())
    payload_.name(guard_.depth(), x, at());
  else if (in_envelope())
    refuse_unless(envelope_.name(x));
  return true;
}

bool event_parser::scalar(json_kind kind, std::string_view text) {
  if (!value_begins(kind))
    return false;
  if (payload_.is_open())
    payload_.scalar(guard_.depth(), kind, text, at());
  else if (in_envelope() && !fault_)
    refuse_unless(envelope_.value(kind, text));
  return true;
}

} // namespace carillon
