#include "persistence/sqlite/log/known_ids.hpp"

#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/index/id_key.hpp"

#include <algorithm>

namespace carillon::sqlite {

namespace {

/// The table is made smaller when so many of its entries are in the index.
constexpr position worth_forgetting = 65'536;

failure index_is_behind() {
  return {ec::store_unavailable,
          "the index of ids is being rebuilt, so an event with an id of its publisher may be there "
          "already; retry later",
          {}};
}

template <class A, class B>
bool is_same_event(const A& a, const B& b) noexcept {
  return a.id == b.id && a.source == b.source && a.company_id == b.company_id;
}

} // namespace

known_ids::known_ids(connection_options index, std::shared_ptr<index_status> status, log_place log,
                     size_t most_behind)
  : index_options_(std::move(index)), status_(std::move(status)), most_behind_(most_behind),
    log_(std::move(log)) {
}

std::vector<std::optional<receipt>> known_ids::look_up(std::span<const draft_ptr> drafts,
                                                       position head) {
  const auto is_fresh = [](const draft_ptr& x) { return x->is_id_fresh; };
  if (std::all_of(drafts.begin(), drafts.end(), is_fresh))
    return receipts_of_known(drafts.size());
  try {
    open_index();
    const transaction snapshot{index_->db(), transaction::kind::read};
    return answer(drafts, head, true);
  } catch (const SQLite::Exception& x) {
    index_.reset();
    status_->damaged = status_->damaged || is_damage(x);
  }
  return answer(drafts, head, false);
}

known_ids::receipts_of_known known_ids::answer(std::span<const draft_ptr> drafts, position head,
                                               bool with_index) {
  const auto indexed = with_index ? index_->cursor() : 0;
  reach_back(indexed, head);
  call_.clear();
  call_drafts_.clear();
  call_after_ = head;
  indexed_.assign(drafts.size(), false);
  if (indexed > 0)
    ask_index(drafts);
  receipts_of_known out(drafts.size());
  for (size_t i = 0; i < drafts.size(); ++i) {
    const auto& draft = *drafts[i];
    const auto hash = recent_.hash_of(draft.company_id, draft.source, draft.id);
    if (!draft.is_id_fresh) {
      out[i] = in_log(draft, hash, indexed_[i]);
      if (!out[i])
        out[i] = in_call(draft, hash);
      if (out[i])
        continue;
    }
    call_drafts_.push_back(&draft);
    call_.add(hash, head + call_drafts_.size());
  }
  return out;
}

void known_ids::ask_index(std::span<const draft_ptr> drafts) {
  gaps_.clear();
  for (size_t i = 0; i < drafts.size(); ++i)
    if (!drafts[i]->is_id_fresh)
      gaps_.add(drafts[i]->id, i);
  gaps_.look_up(index_->sql(), indexed_);
}

void known_ids::open_index() {
  if (index_ && generation_ == status_->generation)
    return;
  index_.reset();
  // Read before the file is opened: if it is replaced meanwhile, the next call opens the new one.
  generation_ = status_->generation;
  index_ = std::make_unique<index_reader>(index_options_);
}

void known_ids::reach_back(position indexed, position head) {
  if (indexed > head) {
    status_->damaged = true;
    throw log_fault{{ec::store_unavailable, "the index is not of this log", {}}};
  }
  if (!is_filled_ || added_to_ != head || reaches_to_ > indexed) {
    if (head - indexed > most_behind_) {
      is_filled_ = false;
      recent_.clear();
      throw log_fault{index_is_behind()};
    }
    fill(indexed, head);
  } else if (indexed - reaches_to_ >= std::max<position>(worth_forgetting, recent_.size() / 2)) {
    recent_.forget_to(indexed);
    reaches_to_ = indexed;
  }
}

void known_ids::fill(position after, position head) {
  is_filled_ = false;
  recent_.clear();
  for (auto seq = after + 1; seq <= head; ++seq) {
    const auto there = log_.look_at(seq);
    // Until the index has passed it, which leaves it out. Refused, publishers would drop events.
    if (there.is_damaged)
      throw log_fault{index_is_behind()};
    if (there.event == nullptr)
      throw no_event_at(seq);
    const auto& x = *there.event;
    recent_.add(recent_.hash_of(x.company_id, x.source, x.id), seq);
  }
  reaches_to_ = after;
  added_to_ = head;
  is_filled_ = true;
}

void known_ids::add(std::span<const event_ptr> appended) {
  if (!is_filled_)
    return;
  try {
    for (const auto& x : appended)
      recent_.add(recent_.hash_of(x->company_id, x->source, x->id), x->seq);
    added_to_ = appended.back()->seq;
    // Only drafts with fresh ids came for long: the next look-up fills the table again.
    if (recent_.size() > 2 * most_behind_) {
      is_filled_ = false;
      recent_.clear();
    }
  } catch (const std::bad_alloc&) {
    is_filled_ = false;
  }
}

std::optional<receipt> known_ids::in_log(const event& draft, uint64_t hash, bool is_indexed) {
  std::optional<receipt> found;
  recent_.any(hash, [&](position seq) {
    found = compare(seq, draft);
    return found.has_value();
  });
  if (found || !is_indexed)
    return found;
  const id_key key{draft.id};
  auto row = index_->sql().query(index_query::same_event, blob_view{key.bytes()},
                                 index_->hash_of(draft.company_id), index_->hash_of(draft.source));
  while (!found && row.next())
    found = compare(row->number(0), draft);
  return found;
}

std::optional<receipt> known_ids::in_call(const event& draft, uint64_t hash) const {
  std::optional<receipt> found;
  call_.any(hash, [&](position seq) {
    const auto& first = *call_drafts_[seq - call_after_ - 1];
    if (is_same_event(first, draft))
      found = first_event(seq, first.type, draft);
    return found.has_value();
  });
  return found;
}

std::optional<receipt> known_ids::compare(position seq, const event& draft) {
  // Of an event that the log does not have any more, the index alone knows.
  if (seq < log_.first())
    return receipt{.seq = seq, .duplicate = true, .conflicting_type = {}};
  const auto there = log_.look_at(seq);
  // What is known of a damaged one is its id, and the hashes of its company and source.
  if (there.is_damaged)
    return receipt{.seq = seq, .duplicate = true, .conflicting_type = {}};
  if (there.event == nullptr || !is_same_event(*there.event, draft))
    return std::nullopt;
  return first_event(seq, there.event->type, draft);
}

} // namespace carillon::sqlite
