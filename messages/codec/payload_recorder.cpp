#include "messages/codec/payload_recorder.hpp"

namespace carillon {

namespace {

/// Longest string member that checks may look at.
constexpr size_t kept_text_bytes = 512;

} // namespace

void payload_recorder::reset(std::string_view text) noexcept {
  text_ = text;
  depth_ = 0;
  clear();
}

void payload_recorder::clear() noexcept {
  json_ = {};
  count_ = 0;
}

void payload_recorder::open(size_t depth, size_t at) noexcept {
  depth_ = depth;
  begin_ = at;
}

payload_member* payload_recorder::member_at(size_t depth) noexcept {
  return depth == depth_ && count_ > 0 ? &members_[count_ - 1] : nullptr;
}

void payload_recorder::name(size_t depth, std::string_view x, size_t at) {
  if (depth != depth_)
    return;
  if (count_ == members_.size())
    members_.emplace_back();
  auto& member = members_[count_++];
  value_begin_ = at;
  member.name = x;
  member.text.clear();
  member.raw = {};
  member.all_strings = false;
}

void payload_recorder::scalar(size_t depth, json_kind kind, std::string_view value, size_t at) {
  if (auto* member = member_at(depth)) {
    member->kind = kind;
    auto begin = text_.find_first_not_of(" \t\r\n", text_.find(':', value_begin_) + 1);
    member->raw = text_.substr(begin, at - begin);
    if (kind == json_kind::string && value.size() <= kept_text_bytes)
      member->text = value;
  } else if (auto* around = member_at(depth - 1); around != nullptr && kind != json_kind::string) {
    around->all_strings = false;
  }
}

void payload_recorder::container_begins(size_t depth, json_kind kind, size_t at) {
  if (auto* member = member_at(depth)) {
    member->kind = kind;
    member->all_strings = kind == json_kind::array;
    value_begin_ = at;
  } else if (auto* around = member_at(depth - 1)) {
    around->all_strings = false;
  }
}

void payload_recorder::container_ends(size_t depth, size_t at) {
  if (auto* member = member_at(depth)) {
    member->raw = text_.substr(value_begin_, at + 1 - value_begin_);
  } else if (depth + 1 == depth_) {
    json_ = text_.substr(begin_, at + 1 - begin_);
    depth_ = 0;
  }
}

} // namespace carillon
