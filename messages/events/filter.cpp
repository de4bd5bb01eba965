#include "messages/events/filter.hpp"

#include "base/text/utf8.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr size_t max_patterns = 100;

bool equals(const std::optional<std::string>& wanted, std::string_view got) noexcept {
  return !wanted || *wanted == got;
}

/// False if they contradict each other.
bool narrow(std::optional<std::string>& to, const std::optional<std::string>& by) {
  if (to && by)
    return *to == *by;
  if (by)
    to = by;
  return true;
}

std::vector<type_pattern> common(const std::vector<type_pattern>& a,
                                 const std::vector<type_pattern>& b) {
  std::vector<type_pattern> out;
  for (const auto& x : a)
    for (const auto& y : b) {
      const auto* narrower = y.covers(x) ? &x : x.covers(y) ? &y : nullptr;
      if (narrower != nullptr && std::find(out.begin(), out.end(), *narrower) == out.end())
        out.push_back(*narrower);
    }
  return out;
}

} // namespace

expected<type_pattern> type_pattern::parse(std::string_view text) {
  type_pattern out;
  if (text == "*")
    return out;
  if (text.size() > 2 && text.ends_with(".*")) {
    // A subtree is named by a type without its last part: `order.*`, `a.b.*`.
    std::string sample{text.substr(0, text.size() - 1)};
    if (is_event_type(sample + "x")) {
      out.prefix_ = std::move(sample);
      return out;
    }
  } else if (is_event_type(text)) {
    out.exact_ = text;
    return out;
  }
  return failure{ec::invalid_argument,
                 "'" + excerpt(text, 140)
                   + "' is no type pattern: use a type, a subtree like order.*, or *",
                 "types"};
}

bool type_pattern::matches(std::string_view type) const noexcept {
  if (!exact_.empty())
    return type == exact_;
  return type.starts_with(prefix_);
}

bool type_pattern::covers(const type_pattern& x) const noexcept {
  if (!exact_.empty())
    return exact_ == x.exact_;
  return x.exact_.empty() ? x.prefix_.starts_with(prefix_) : matches(x.exact_);
}

std::string type_pattern::text() const {
  if (!exact_.empty())
    return exact_;
  return prefix_ + "*";
}

expected<std::vector<type_pattern>> parse_patterns(std::string_view comma_separated) {
  std::vector<type_pattern> out;
  if (comma_separated.empty())
    return out;
  for (;;) {
    auto comma = comma_separated.find(',');
    auto pattern = type_pattern::parse(comma_separated.substr(0, comma));
    if (!pattern)
      return pattern.error();
    out.push_back(std::move(*pattern));
    if (out.size() > max_patterns)
      return failure{ec::invalid_argument, "at most 100 type patterns", "types"};
    if (comma == std::string_view::npos)
      return out;
    comma_separated.remove_prefix(comma + 1);
  }
}

bool event_filter::is_everything() const noexcept {
  return std::all_of(types.begin(), types.end(), [](const auto& x) { return x.is_everything(); })
         && !company_id && !user_id && !correlation_id && !from && !to && payload.is_everything();
}

event_keys keys_of(const event& x) noexcept {
  return {.type = x.type,
          .company_id = x.company_id,
          .user_id = x.user_id,
          .correlation_id = x.correlation_id,
          .time = x.time,
          .id = x.id,
          .source = x.source,
          .causation_id = x.causation_id,
          .data = x.data};
}

bool matches_envelope(const event_filter& filter, const event_keys& keys) noexcept {
  if (!equals(filter.company_id, keys.company_id) || !equals(filter.user_id, keys.user_id)
      || !equals(filter.correlation_id, keys.correlation_id))
    return false;
  if ((filter.from && keys.time < *filter.from) || (filter.to && keys.time >= *filter.to))
    return false;
  return filter.types.empty()
         || std::any_of(filter.types.begin(), filter.types.end(),
                        [&](const auto& x) { return x.matches(keys.type); });
}

bool matches_payload(const payload_filter& filter, const event_keys& keys) {
  return filter.is_everything()
         || filter.matches({.id = keys.id,
                            .type = keys.type,
                            .source = keys.source,
                            .company_id = keys.company_id,
                            .user_id = keys.user_id,
                            .correlation_id = keys.correlation_id,
                            .causation_id = keys.causation_id,
                            .data = keys.data});
}

bool matches(const event_filter& filter, const event_keys& keys) {
  return matches_envelope(filter, keys) && matches_payload(filter.payload, keys);
}

bool matches(const event_filter& filter, const event& x) {
  return matches(filter, keys_of(x));
}

std::optional<event_filter> intersection(const event_filter& a, const event_filter& b) {
  auto out = a;
  if (!narrow(out.company_id, b.company_id) || !narrow(out.user_id, b.user_id)
      || !narrow(out.correlation_id, b.correlation_id))
    return std::nullopt;
  if (b.from && (!out.from || *out.from < *b.from))
    out.from = b.from;
  if (b.to && (!out.to || *b.to < *out.to))
    out.to = b.to;
  if (out.from && out.to && *out.from >= *out.to)
    return std::nullopt;
  if (out.types.empty()) {
    out.types = b.types;
  } else if (!b.types.empty()) {
    out.types = common(a.types, b.types);
    if (out.types.empty())
      return std::nullopt;
  }
  out.payload = both(a.payload, b.payload);
  return out;
}

} // namespace carillon
