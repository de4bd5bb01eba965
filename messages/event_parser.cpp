#include "messages/event_parser.hpp"

#include "messages/utf8.hpp"

#include <rapidjson/error/en.h>

#include <algorithm>
#include <array>
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
  items_.clear();
  payload_only_ = false;
  item_depth_ = 0;
  data_depth_ = 0;
  member_count_ = 0;
}

expected<void> event_parser::run() {
  if (text_.empty())
    return failure{ec::malformed_json, "the body is empty", {}};
  if (std::memchr(text_.data(), 0, text_.size()) != nullptr)
    return failure{ec::malformed_json, "the text holds a NUL byte", {}};
  if (!is_utf8(text_))
    return failure{ec::malformed_json, "the text is not UTF-8", {}};
  may_hold_nul_ = text_.find("\\u0000") != std::string_view::npos;
  may_hold_half_
    = text_.find("\\ud") != std::string_view::npos || text_.find("\\uD") != std::string_view::npos;
  rapidjson::MemoryStream stream{text_.data(), text_.size()};
  stream_ = &stream;
  rapidjson::Reader reader;
  auto result = reader.Parse<json_flags>(stream, *this);
  stream_ = nullptr;
  if (fatal_)
    return *fatal_;
  if (result.IsError())
    return failure{ec::malformed_json,
                   std::string{rapidjson::GetParseError_En(result.Code())} + " (at byte "
                     + std::to_string(result.Offset()) + ")",
                   {}};
  return {};
}

expected<draft_ptr> event_parser::parse_one(std::string_view text, event_form form,
                                            const parse_context& ctx) {
  begin(text, form, ctx);
  many_ = false;
  if (auto done = run(); !done)
    return done.error();
  return std::move(items_.front());
}

expected<parsed_items> event_parser::parse_many(std::string_view text, event_form form,
                                                const parse_context& ctx, size_t max_items) {
  begin(text, form, ctx);
  many_ = true;
  max_items_ = max_items;
  if (auto done = run(); !done)
    return done.error();
  if (items_.empty())
    return failure{ec::invalid_argument, "the array is empty", {}};
  return std::exchange(items_, {});
}

expected<void> event_parser::parse_payload(std::string_view text, payload_view& out) {
  static const parse_context no_context;
  begin(text, event_form::plain, no_context);
  many_ = false;
  payload_only_ = true;
  draft_.reset();
  fault_.reset();
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

/// What an escape put into a string that may not be in one; empty if nothing. RapidJSON takes the
/// second half of a surrogate pair without the first, which is no UTF-8.
std::string_view event_parser::fault_of(std::string_view x) const {
  if (may_hold_nul_ && x.find('\0') != std::string_view::npos)
    return "\\u0000";
  return may_hold_half_ && !is_utf8(x) ? "half of a surrogate pair" : std::string_view{};
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
  fault_.reset();
  given_ = 0;
  extensions_.clear();
  time_text_.reset();
  audience_text_.reset();
  data_text_ = {};
  member_count_ = 0;
}

void event_parser::end_item() {
  if (fault_)
    items_.emplace_back(std::move(*fault_));
  else
    items_.push_back(make_draft());
}

/// A value begins at the current depth. False ends the parse.
bool event_parser::value_begins(json_kind kind) {
  auto depth = guard_.depth();
  bool is_item = depth == (many_ ? 1U : 0U);
  if (many_ && depth == 0 && kind != json_kind::array)
    return stop(ec::invalid_argument, "an array of events is expected");
  if (!is_item || (many_ && depth == 0))
    return true;
  if (payload_only_) {
    if (kind != json_kind::object)
      return stop(ec::invalid_argument, "data must be an object");
    cut_begin_ = at();
    data_depth_ = 1;
    return true;
  }
  if (many_ && items_.size() >= max_items_)
    return stop(ec::too_large, "at most " + std::to_string(max_items_) + " events in a batch");
  begin_item();
  if (kind == json_kind::object) {
    item_depth_ = depth + 1;
    return true;
  }
  refuse(ec::invalid_argument, "an event must be an object, got " + std::string{describe(kind)},
         {});
  item_depth_ = kind == json_kind::array ? depth + 1 : 0;
  if (kind != json_kind::array)
    end_item();
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
    return stop(ec::malformed_json,
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
  if (item_depth_ != 0 && depth + 1 == item_depth_) {
    item_depth_ = 0;
    end_item();
  }
  return true;
}

// -- what RapidJSON calls -----------------------------------------------------

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
  if (kind == json_kind::null)
    return stop(ec::malformed_json, "a number is out of range");
  return scalar(kind, {text, size});
}

bool event_parser::String(const char* text, rapidjson::SizeType size, bool) {
  std::string_view x{text, size};
  if (auto fault = fault_of(x); !fault.empty())
    refuse(ec::malformed_json, "a string holds " + std::string{fault}, {});
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
    refuse(ec::malformed_json, "a name holds " + std::string{fault}, {});
  if (!guard_.name(x))
    refuse(ec::malformed_json, "the name '" + excerpt(x) + "' occurs twice in one object", {});
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
