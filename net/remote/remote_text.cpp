#include "net/remote/remote_text.hpp"

#include "base/json/array_items.hpp"
#include "messages/access/claim.hpp"

#include <algorithm>
#include <utility>

namespace carillon::remote {

namespace {

constexpr uint32_t most_events = 1'000;
constexpr uint32_t most_credit = 10'000;
constexpr size_t most_name_bytes = 100;

remote_receipt refused(const failure& x) {
  return {0, false, std::string{name_of(x.code)}, x.detail, x.field};
}

expected<parsed_items> parse_items(std::string_view text, const parse_context& ctx,
                                   size_t max_items) {
  if (begins_array(text))
    return parse_events(text, ctx, max_items);
  parsed_items out;
  out.push_back(parse_event(text, ctx));
  return out;
}

/// Patterns, or an object.
expected<event_filter> parse_selection(std::string_view text) {
  if (text.starts_with('{'))
    return filter_from_json(text);
  event_filter out;
  auto types = parse_patterns(text);
  if (!types)
    return failure{types.error().code, types.error().detail, "types"};
  out.types = std::move(*types);
  return out;
}

expected<void> bind(event_filter& filter, const principal& who) {
  if (!who.is_bound())
    return {};
  if (filter.company_id && *filter.company_id != who.company_id)
    return failure{ec::forbidden, "this API key sees its own company only", "companyId"};
  filter.company_id = who.company_id;
  return {};
}

} // namespace

expected<parsed_publish> parse_publish(std::string_view text, const parse_context& ctx,
                                       const principal& who, size_t max_items) {
  auto items = parse_items(text, ctx, max_items);
  if (!items)
    return items.error();
  parsed_publish out;
  for (auto& x : *items) {
    if (x)
      if (auto claimed = claim(**x, who); !claimed)
        x = claimed.error();
    if (x)
      out.drafts.push_back(std::move(*x));
    out.verdicts.items.push_back(x ? remote_receipt{} : refused(x.error()));
  }
  return out;
}

remote_receipts filled(remote_receipts verdicts, const receipts& of_drafts) {
  size_t next = 0;
  for (auto& x : verdicts.items) {
    if (!x.code.empty() || next >= of_drafts.size())
      continue;
    const auto& got = of_drafts[next++];
    if (got.is_conflict()) {
      x = refused({ec::conflict,
                   "position " + std::to_string(got.seq) + " has an event of type "
                     + got.conflicting_type
                     + " with this source and id; give each event an id of its own",
                   "id"});
      continue;
    }
    x.seq = got.seq;
    x.duplicate = got.duplicate;
  }
  return verdicts;
}

expected<query_request> parse_query(const remote_query& x, const principal& who) {
  if (x.limit < 1 || x.limit > most_events)
    return failure{ec::invalid_argument, "the limit is 1 to 1000", "limit"};
  query_request out;
  if (!x.filter.empty()) {
    auto filter = filter_from_json(x.filter);
    if (!filter)
      return filter.error();
    out.filter = std::move(*filter);
  }
  if (auto bound = bind(out.filter, who); !bound)
    return bound.error();
  out.order = x.ascending ? sort_order::ascending : sort_order::descending;
  out.limit = x.limit;
  if (x.beyond != 0)
    out.beyond = x.beyond;
  return out;
}

remote_page page_of(const query_page& x, size_t page_bytes) {
  remote_page out;
  out.next = x.next.value_or(0);
  size_t bytes = 0;
  for (size_t i = 0; i < x.events.size(); ++i) {
    const auto& text = json_of(*x.events[i]);
    if (i > 0 && bytes + text.size() > page_bytes) {
      out.next = x.events[i - 1]->seq;
      break;
    }
    bytes += text.size();
    out.events.push_back(text);
  }
  return out;
}

bool is_consumer_name(std::string_view x) noexcept {
  return !x.empty() && x.size() <= most_name_bytes && std::all_of(x.begin(), x.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'
           || c == '_' || c == '-';
  });
}

expected<event_filter> parse_subscription(const remote_subscribe& x, const principal& who) {
  if (!is_consumer_name(x.consumer))
    return failure{ec::invalid_argument,
                   "a consumer's name has 1 to 100 characters of A-Z a-z 0-9 . _ -", "consumer"};
  if (x.credit < 1 || x.credit > most_credit)
    return failure{ec::invalid_argument, "the credit is 1 to 10000", "credit"};
  auto out = parse_selection(x.types);
  if (!out)
    return out.error();
  if (auto bound = bind(*out, who); !bound)
    return bound.error();
  return out;
}

} // namespace carillon::remote
