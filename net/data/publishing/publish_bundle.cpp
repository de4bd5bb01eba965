#include "net/data/publishing/publish_bundle.hpp"

#include "base/json/appender.hpp"
#include "base/problem.hpp"
#include "net/data/connection.hpp"
#include "net/data/connection_places.hpp"
#include "net/http/answers.hpp"

namespace carillon::data {

namespace {

void append_error(std::string& out, const failure& x) {
  json_appender{out}.begin_object().raw("error", problem_json(x)).end_object();
}

/// Nothing happens if the connection is gone.
template <class Write>
void answer_with(const connection_places& at, const reply_to& to, Write&& write) {
  if (auto* tenant = at.find(to.connection))
    tenant->answer(to.request, std::forward<Write>(write));
}

void refuse(const connection_places& at, const reply_to& to, const failure& why) {
  if (auto* tenant = at.find(to.connection))
    tenant->refuse(to.request, {.why = why});
}

constexpr std::string_view results_head = R"({"results":[)";
constexpr std::string_view results_tail = "]}";
/// Expected size of one verdict.
constexpr size_t verdict_bytes = 80;

} // namespace

void publish_bundle::push(draft_ptr draft) {
  append_json_string(ids_, draft->id);
  id_ends_.push_back(static_cast<uint32_t>(ids_.size()));
  drafts_.push_back(std::move(draft));
}

std::string_view publish_bundle::id_of(size_t draft) const noexcept {
  auto from = draft == 0 ? 0U : id_ends_[draft - 1];
  return std::string_view{ids_}.substr(from, id_ends_[draft] - from);
}

void publish_bundle::add(reply_to to, draft_ptr draft) {
  entries_.push_back({std::move(to), drafts_.size(), true, {}});
  push(std::move(draft));
}

void publish_bundle::add(reply_to to, parsed_items items) {
  auto first = drafts_.size();
  for (auto& x : items)
    if (x)
      push(std::move(*x));
  entries_.push_back({std::move(to), first, false, std::move(items)});
}

void publish_bundle::answer(const connection_places& at, const expected<receipts>& result) const {
  if (result && result->size() == size()) {
    for (const auto& x : entries_)
      x.single ? answer_single(at, x, *result) : answer_array(at, x, *result);
    return;
  }
  const auto& why = result.has_error() ? result.error() : failure{};
  for (const auto& x : entries_)
    refuse(at, x.to, why);
}

void publish_bundle::answer_single(const connection_places& at, const entry& x,
                                   const receipts& result) const {
  const auto& verdict = result[x.first];
  if (verdict.is_conflict())
    refuse(at, x.to, conflict_of(verdict));
  else
    answer_with(at, x.to, [&](std::string& out, const answer_style& style) {
      append_receipt(out, verdict, id_of(x.first), style);
    });
}

void publish_bundle::answer_array(const connection_places& at, const entry& x,
                                  const receipts& result) const {
  std::string body;
  body.reserve(results_head.size() + x.items.size() * verdict_bytes);
  body += results_head;
  auto draft = x.first;
  for (const auto& item : x.items) {
    if (body.size() > results_head.size())
      body += ',';
    if (item.has_error()) {
      append_error(body, item.error());
      continue;
    }
    if (result[draft].is_conflict())
      append_error(body, conflict_of(result[draft]));
    else
      append_receipt_json(body, result[draft], id_of(draft));
    ++draft;
  }
  body += results_tail;
  answer_with(at, x.to, [&](std::string& out, const answer_style& style) {
    append_answer(out, 200, body, style);
  });
}

void append_refused_items(std::string& out, const parsed_items& items) {
  out += results_head;
  for (const auto& item : items) {
    if (out.back() != '[')
      out += ',';
    append_error(out, item.error());
  }
  out += results_tail;
}

} // namespace carillon::data
