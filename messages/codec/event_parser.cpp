#include "messages/codec/event_parser.hpp"

#include "base/text/utf8.hpp"

#include <rapidjson/error/en.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace carillon {

namespace {

using field = event_parser::field;

struct named {
  std::string_view name;
  field which;
};

constexpr std::array plain_names{
  named{"id", field::id},
  named{"type", field::type},
  named{"data", field::data},
  named{"companyId", field::company_id},
  named{"userId", field::user_id},
  named{"source", field::source},
  named{"time", field::time},
  named{"correlationId", field::correlation_id},
  named{"causationId", field::causation_id},
  named{"traceparent", field::traceparent},
  named{"audience", field::audience},
  named{"metadata", field::metadata},
};

constexpr std::array cloud_names{
  named{"id", field::id},
  named{"type", field::type},
  named{"data", field::data},
  named{"source", field::source},
  named{"time", field::time},
  named{"specversion", field::spec_version},
  named{"datacontenttype", field::content_type},
  named{"dataschema", field::schema},
  named{"subject", field::subject},
  named{"data_base64", field::data_base64},
  named{"companyid", field::company_id},
  named{"userid", field::user_id},
  named{"correlationid", field::correlation_id},
  named{"causationid", field::causation_id},
  named{"traceparent", field::traceparent},
  named{"audience", field::audience},
};

template <size_t N>
std::optional<field> look_up(const std::array<named, N>& table, std::string_view name) {
  for (const auto& x : table)
    if (x.name == name)
      return x.which;
  return std::nullopt;
}

constexpr uint32_t bit(field x) {
  return uint32_t{1} << static_cast<unsigned>(x);
}

constexpr const char* half_a_pair = "a string holds half of a surrogate pair, which is no text";

constexpr const char* huge_number = "a number is out of the range of a double";

/// The four digits of the escape at `i`; 0 if there is none.
unsigned escaped_unit(std::string_view x, size_t i) {
  unsigned out = 0;
  if (i + 6 > x.size() || x[i] != '\\' || x[i + 1] != 'u')
    return 0;
  auto [end, error] = std::from_chars(x.data() + i + 2, x.data() + i + 6, out, 16);
  return error == std::errc{} && end == x.data() + i + 6 ? out : 0;
}

/// The text with unpaired high surrogates replaced.
std::string with_whole_pairs(std::string_view text) {
  std::string out{text};
  for (auto i = out.find('\\'); i < out.size(); i = out.find('\\', i)) {
    auto unit = escaped_unit(out, i);
    auto next = escaped_unit(out, i + 6);
    if (unit < 0xd800 || unit > 0xdbff) {
      i += 2;
    } else if (next >= 0xdc00 && next <= 0xdfff) {
      i += 12;
    } else {
      out.replace(i + 2, 4, "fffd");
      i += 6;
    }
  }
  return out;
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// The text with every number made small: exponents become 0, and long runs of digits become one
/// digit. It is valid JSON if and only if it was before.
std::string with_small_numbers(std::string_view text) {
  constexpr size_t many_digits = 300;
  std::string out;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = text[i];
    out += c;
    if (c == '\\' && i + 1 < text.size()) {
      out += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && is_digit(c)) {
      auto end = std::min(text.find_first_not_of("0123456789", i), text.size());
      const auto before = out.size() < 2 ? ' ' : out[out.size() - 2];
      const auto is_exponent = before == 'e' || before == 'E' || before == '+'
                               || (before == '-' && out.size() > 2
                                   && (out[out.size() - 3] == 'e' || out[out.size() - 3] == 'E'));
      if (is_exponent)
        out.back() = '0';
      else if (c == '0' || end - i < many_digits)
        out += text.substr(i + 1, end - i - 1);
      i = end - 1;
    }
  }
  return out;
}

/// Longest string member of `data` that checks may look at.
constexpr size_t kept_text_bytes = 512;

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
  data_depth_ = 0;
  member_count_ = 0;
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
  refuse(ec::invalid_argument, std::move(why), {});
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
  return make_draft();
}

expected<void> event_parser::parse_payload(std::string_view text, payload_view& out) {
  static const parse_context no_context;
  begin(text, event_form::plain, no_context);
  payload_only_ = true;
  draft_.reset();
  if (auto done = run(); !done)
    return done;
  if (fault_)
    return *fault_;
  out = {data_text_, &members_, member_count_};
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

void event_parser::refuse(ec code, std::string detail, std::string name) {
  if (!fault_)
    fault_ = failure{code, std::move(detail), std::move(name)};
}

void event_parser::wrong_kind(std::string_view name, json_kind wanted, json_kind got) {
  refuse(ec::invalid_argument,
         std::string{name} + " must be " + std::string{describe(wanted)} + ", got "
           + std::string{describe(got)},
         std::string{name});
}

void event_parser::begin_item() {
  draft_ = std::make_shared<event>();
  given_ = 0;
  extensions_.clear();
  time_text_.reset();
  audience_text_.reset();
  data_text_ = {};
  member_count_ = 0;
}

/// A value begins at the current depth. False ends the parse.
bool event_parser::value_begins(json_kind kind) {
  if (guard_.depth() != 0)
    return true;
  if (payload_only_) {
    if (kind != json_kind::object)
      return stop(ec::invalid_argument, "data must be an object");
    cut_begin_ = at();
    data_depth_ = 1;
    return true;
  }
  begin_item();
  if (kind == json_kind::object)
    item_depth_ = 1;
  else
    refuse(ec::invalid_argument, "an event must be an object, got " + std::string{describe(kind)},
           {});
  return true;
}

bool event_parser::container_begins(json_kind kind) {
  if (!value_begins(kind))
    return false;
  auto depth = guard_.depth();
  if (item_depth_ != 0 && depth == item_depth_ && !fault_) {
    bool wants_object = field_ == field::data || field_ == field::metadata;
    if (!wants_object)
      wrong_kind(name_, json_kind::string, kind);
    else if (kind != json_kind::object)
      wrong_kind(name_, json_kind::object, kind);
    cut_begin_ = at();
    if (field_ == field::data)
      data_depth_ = depth + 1;
  } else if (data_depth_ != 0 && depth == data_depth_ && member_count_ > 0) {
    auto& member = members_[member_count_ - 1];
    member.kind = kind;
    member.all_strings = kind == json_kind::array;
    value_begin_ = at();
  } else if (data_depth_ != 0 && depth == data_depth_ + 1 && member_count_ > 0) {
    members_[member_count_ - 1].all_strings = false;
  }
  if (!guard_.open(kind == json_kind::object))
    return stop(ec::invalid_argument,
                "more than " + std::to_string(event_limits::json_depth) + " levels of nesting");
  return true;
}

bool event_parser::container_ends() {
  guard_.close();
  auto depth = guard_.depth();
  if (data_depth_ != 0 && depth == data_depth_ && member_count_ > 0) {
    members_[member_count_ - 1].raw = text_.substr(value_begin_, at() + 1 - value_begin_);
  } else if (data_depth_ != 0 && depth + 1 == data_depth_) {
    data_text_ = text_.substr(cut_begin_, at() + 1 - cut_begin_);
    data_depth_ = 0;
  } else if (item_depth_ != 0 && depth == item_depth_ && field_ == field::metadata && !fault_) {
    auto cut = text_.substr(cut_begin_, at() + 1 - cut_begin_);
    if (cut.size() > event_limits::metadata_bytes)
      refuse(ec::too_large, "metadata exceeds 16 KiB", "metadata");
    else
      draft_->metadata = cut;
  }
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
    refuse(ec::invalid_argument, huge_number, {});
    kind = json_kind::number;
  }
  return scalar(kind, {text, size});
}

bool event_parser::String(const char* text, rapidjson::SizeType size, bool) {
  std::string_view x{text, size};
  if (auto fault = fault_of(x); !fault.empty())
    refuse(ec::invalid_argument, "a string holds " + std::string{fault}, {});
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
    refuse(ec::invalid_argument, "a name holds " + std::string{fault}, {});
  if (!guard_.name(x))
    refuse(ec::invalid_argument, "the name '" + excerpt(x) + "' occurs twice in one object", {});
  auto depth = guard_.depth();
  if (data_depth_ != 0 && depth == data_depth_) {
    if (member_count_ == members_.size())
      members_.emplace_back();
    auto& member = members_[member_count_++];
    value_begin_ = at();
    member.name = x;
    member.text.clear();
    member.raw = {};
    member.all_strings = false;
  } else if (item_depth_ != 0 && depth == item_depth_) {
    name_ = x;
    auto found = form_ == event_form::plain ? look_up(plain_names, x) : look_up(cloud_names, x);
    if (!found && form_ == event_form::plain)
      refuse(ec::invalid_argument, "'" + excerpt(x) + "' is no field of an event", excerpt(x));
    field_ = found.value_or(field::extension);
    given_ |= bit(field_);
  }
  return true;
}

bool event_parser::scalar(json_kind kind, std::string_view text) {
  if (!value_begins(kind))
    return false;
  auto depth = guard_.depth();
  if (data_depth_ != 0) {
    if (depth == data_depth_ && member_count_ > 0) {
      auto& member = members_[member_count_ - 1];
      member.kind = kind;
      auto begin = text_.find_first_not_of(" \t\r\n", text_.find(':', value_begin_) + 1);
      member.raw = text_.substr(begin, at() - begin);
      if (kind == json_kind::string && text.size() <= kept_text_bytes)
        member.text = text;
    } else if (depth == data_depth_ + 1 && member_count_ > 0 && kind != json_kind::string) {
      members_[member_count_ - 1].all_strings = false;
    }
  } else if (item_depth_ != 0 && depth == item_depth_ && !fault_) {
    take_text(field_, kind, text);
  }
  return true;
}

} // namespace carillon
