#include "persistence/evidence/evidence_check.hpp"

#include "messages/evidence/event_leaf.hpp"
#include "messages/evidence/event_proof.hpp"
#include "messages/evidence/head_text.hpp"
#include "persistence/evidence/evidence_keys.hpp"

#include <algorithm>
#include <future>

namespace carillon {

namespace {

/// Events between two reports.
constexpr uint64_t report_events = 65'536;
/// Events of a page.
constexpr size_t page_events = 4'096;

constexpr const char* changed_event
  = "it is not what was sealed: changed, moved, or put in or taken out before it";

/// A root that the tree must have at a size.
struct known_root {
  uint64_t size = 0;
  tree_hash root{};
  /// What says so, for the reason.
  std::string by = {};
};

/// One run over the log.
class evidence_checker {
public:
  evidence_checker(event_log& log, state_store& state, const evidence_check_request& x)
    : log_(log), state_(state), request_(x), hasher_(x.salt_key) {
  }

  expected<evidence_verdict> run();

private:
  expected<void> read_state();
  expected<void> read_heads();
  expected<void> read_noted();
  expected<void> check_marks();
  expected<void> check_events();
  expected<event_page> read_after(position x);
  std::vector<tree_hash> leaves_of(const std::vector<event_ptr>& events);
  expected<void> check_page(const std::vector<event_ptr>& events,
                            const std::vector<tree_hash>& leaves);
  expected<void> check_event(const event& x, const tree_hash& leaf);
  expected<void> compare_prefix(const event& x, const tree_hash& leaf);
  expected<void> compare_block(uint64_t number, const tree_hash& hash);
  void compare_roots();
  void check_end();

  /// The first fault stays.
  void refuse_event(position seq, std::string reason);
  void refuse(std::string reason);
  bool is_signed(const signed_note& note) const;

  event_log& log_;
  state_store& state_;
  const evidence_check_request& request_;
  /// Used by the thread that hashes a page.
  leaf_hasher hasher_;
  evidence_verdict out_;
  sealed_tree stored_;
  std::vector<note_key> keys_;
  /// By size.
  std::vector<known_root> roots_;
  size_t next_root_ = 0;
  std::vector<audit_mark> marks_;
  tree_frontier tree_;
  /// Of the chunk at hand.
  std::string prefixes_;
  /// The first event whose hash does not begin as the store says.
  std::optional<position> suspect_;
  /// Up to here the tree is what it was.
  uint64_t good_ = 0;
  /// What a kept checkpoint covers, and the log left behind; empty = nothing.
  std::string gone_;
};

void evidence_checker::refuse(std::string reason) {
  if (!out_.valid)
    return;
  out_.valid = false;
  out_.reason = std::move(reason);
}

void evidence_checker::refuse_event(position seq, std::string reason) {
  if (out_.valid)
    out_.first_bad_event = seq;
  refuse(std::move(reason));
}

bool evidence_checker::is_signed(const signed_note& note) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const note_key& key) { return is_signed_by(note, key); });
}

expected<evidence_verdict> evidence_checker::run() {
  for (auto step :
       {&evidence_checker::read_state, &evidence_checker::read_heads, &evidence_checker::read_noted,
        &evidence_checker::check_marks, &evidence_checker::check_events})
    if (auto done = (this->*step)(); !done)
      return done.error();
  return std::move(out_);
}

expected<void> evidence_checker::read_state() {
  auto stored = state_.evidence().tree();
  if (!stored)
    return stored.error();
  stored_ = std::move(*stored);
  if (!stored_.salt.empty() && stored_.salt != salt_fingerprint(request_.salt_key))
    return failure{ec::conflict,
                   "the tree over the log was made with another key of the node; name its file by "
                   "--key-file",
                   {}};
  roots_.push_back({stored_.tree.size(), stored_.tree.root(), "the stored tree"});
  if (!request_.past_fault.empty())
    refuse(request_.past_fault);
  for (const auto& x : request_.past)
    roots_.push_back({x.size, x.root, x.by});
  return {};
}

expected<void> evidence_checker::read_heads() {
  auto known = state_.evidence().signed_by_node();
  if (!known)
    return known.error();
  for (const auto& x : known->keys)
    if (auto key = note_key::parse(x.text))
      keys_.push_back(std::move(*key));
  constexpr size_t page = 1'000;
  for (uint64_t after = 0;;) {
    auto heads = state_.evidence().heads(after, page);
    if (!heads)
      return heads.error();
    for (const auto& x : *heads) {
      const auto note = parse_note(x.note);
      const auto head = checkpoint_of(x.note);
      if (!note || !head || head->size != x.size || !is_signed(*note))
        refuse("the stored checkpoint of " + std::to_string(x.size)
               + " events was changed: no listed key has signed it");
      else
        roots_.push_back({head->size, head->root, "a signed checkpoint"});
      after = x.size;
    }
    if (heads->size() < page)
      break;
  }
  out_.sealed = known->head.size;
  if (known->head.note.empty()) {
    if (request_.key)
      refuse("no checkpoint is stored that the key that was given could have signed");
    return {};
  }
  if (request_.key && !checkpoint_of(known->head.note, *request_.key))
    refuse("the newest checkpoint is not signed with the key that was given");
  if (const auto head = checkpoint_of(known->head.note))
    if (auto mark = audit_mark_of(*head))
      marks_.push_back(std::move(*mark));
  return {};
}

expected<void> evidence_checker::read_noted() {
  for (const auto& x : request_.noted) {
    const auto note = parse_note(x);
    if (!note)
      return note.error();
    const auto head = checkpoint::parse(note->text);
    if (!head)
      return head.error();
    const auto former
      = std::find_if(request_.former.begin(), request_.former.end(),
                     [&](const auto& h) { return head->origin == origin_of(h.id); });
    const bool is_former = former != request_.former.end() && head->origin != request_.origin;
    if (head->origin != request_.origin && !is_former)
      return failure{ec::invalid_argument,
                     "the checkpoint is of another log, " + head->origin + ", not "
                       + request_.origin,
                     "checkpoint"};
    if (request_.key ? !is_signed_by(*note, *request_.key) && !is_signed(*note) : !is_signed(*note))
      return failure{ec::invalid_argument, "the checkpoint is not signed by a key of this log",
                     "checkpoint"};
    if (is_former && head->size > former->last) {
      gone_ = "the checkpoint that was kept tells " + std::to_string(head->size)
              + " events of the history " + former->id + ", which the log left at "
              + std::to_string(former->last)
              + ": a backup was put back, or a repair cut the log; the events up to there are what "
                "was sealed";
      continue;
    }
    roots_.push_back({head->size, head->root, "the checkpoint that was kept"});
    // The rows of the audit log parted somewhere before.
    if (is_former)
      continue;
    if (auto mark = audit_mark_of(*head))
      marks_.push_back(std::move(*mark));
  }
  std::stable_sort(roots_.begin(), roots_.end(),
                   [](const auto& a, const auto& b) { return a.size < b.size; });
  return {};
}

/// A signed head tells the end of the audit chain.
expected<void> evidence_checker::check_marks() {
  for (const auto& x : marks_) {
    if (x.number == 0)
      continue;
    auto row = state_.audit().verify({.from = x.number, .hash = {}, .limit = 1});
    if (!row)
      return row.error();
    if (row->verdict.checked == 1 && row->hash == x.hash)
      continue;
    if (out_.valid)
      out_.first_bad_row = x.number;
    refuse("it is missing, or not the one that a signed checkpoint tells");
  }
  return {};
}

expected<event_page> evidence_checker::read_after(position x) {
  read_request request;
  request.after = x;
  request.limit = page_events;
  return log_.read(request);
}

/// One page is hashed by another thread while the next one is read.
expected<void> evidence_checker::check_events() {
  uint64_t next_report = 0;
  auto next = read_after(0);
  while (out_.valid) {
    if (!next)
      return next.error();
    const auto page = std::move(*next);
    if (page.events.empty())
      break;
    auto hashing = std::async(std::launch::async, [&] { return leaves_of(page.events); });
    next = read_after(page.events.back()->seq);
    if (auto done = check_page(page.events, hashing.get()); !done)
      return done;
    if (request_.report && out_.checked >= next_report) {
      request_.report(out_.checked, page.head);
      next_report = out_.checked + report_events;
    }
  }
  if (request_.report)
    request_.report(out_.checked, out_.checked);
  if (out_.valid)
    check_end();
  return {};
}

std::vector<tree_hash> evidence_checker::leaves_of(const std::vector<event_ptr>& events) {
  std::vector<tree_hash> out;
  out.reserve(events.size());
  for (const auto& x : events)
    out.push_back(hasher_(*x));
  return out;
}

expected<void> evidence_checker::check_page(const std::vector<event_ptr>& events,
                                            const std::vector<tree_hash>& leaves) {
  for (size_t i = 0; i < events.size() && out_.valid; ++i)
    if (auto done = check_event(*events[i], leaves[i]); !done)
      return done;
  out_.checked = tree_.size();
  return {};
}

expected<void> evidence_checker::check_event(const event& x, const tree_hash& leaf) {
  if (x.seq != tree_.size() + 1) {
    // Where an event was taken out and the others moved up, the end is missing, and not only it.
    if (suspect_)
      refuse_event(*suspect_, changed_event);
    else
      refuse_event(tree_.size() + 1, "it is missing from the log");
    return {};
  }
  if (auto done = compare_prefix(x, leaf); !done)
    return done;
  std::optional<std::pair<uint64_t, tree_hash>> block;
  tree_.add(leaf, [&](unsigned level, uint64_t number, const tree_hash& hash) {
    if (level == evidence_store::block_level)
      block = {number, hash};
  });
  if (block && tree_.size() <= stored_.tree.size())
    if (auto done = compare_block(block->first, block->second); !done)
      return done;
  compare_roots();
  return {};
}

expected<void> evidence_checker::compare_prefix(const event& x, const tree_hash& leaf) {
  const auto index = tree_.size();
  if (index >= stored_.tree.size())
    return {};
  const auto within = index % evidence_store::chunk_leaves;
  if (within == 0) {
    auto read = state_.evidence().prefixes(index / evidence_store::chunk_leaves);
    if (!read)
      return read.error();
    prefixes_ = std::move(*read);
  }
  constexpr auto bytes = evidence_store::prefix_bytes;
  const auto stored
    = std::string_view{prefixes_}.substr(std::min(within * bytes, prefixes_.size()), bytes);
  if (!suspect_ && stored != view_of(leaf).substr(0, bytes))
    suspect_ = x.seq;
  return {};
}

expected<void> evidence_checker::compare_block(uint64_t number, const tree_hash& hash) {
  auto stored = state_.evidence().subtree(evidence_store::block_level, number);
  if (!stored && stored.error().code != ec::not_found)
    return stored.error();
  if (stored && *stored == hash)
    return {};
  if (suspect_)
    refuse_event(*suspect_, changed_event);
  else
    refuse_event(good_ + 1, "up to event " + std::to_string(tree_.size())
                              + " something is not what was sealed, or the stored tree was "
                                "changed");
  return {};
}

void evidence_checker::compare_roots() {
  for (; next_root_ < roots_.size() && roots_[next_root_].size <= tree_.size(); ++next_root_) {
    const auto& known = roots_[next_root_];
    if (known.size < tree_.size())
      continue;
    if (known.root == tree_.root()) {
      ++out_.heads;
      out_.root = known.root;
      good_ = known.size;
      continue;
    }
    if (suspect_)
      return refuse_event(*suspect_, changed_event);
    return refuse_event(good_ + 1, "an event from here to " + std::to_string(known.size)
                                     + " is not what " + known.by + " says");
  }
}

void evidence_checker::check_end() {
  while (next_root_ < roots_.size() && roots_[next_root_].size <= tree_.size())
    ++next_root_;
  if (next_root_ < roots_.size() && suspect_)
    return refuse_event(*suspect_, changed_event);
  if (next_root_ < roots_.size()) {
    const auto& last = roots_.back();
    return refuse_event(tree_.size() + 1, "the end of the log was cut off: " + last.by + " has "
                                            + std::to_string(last.size) + " events");
  }
  if (suspect_)
    refuse_event(*suspect_, "its stored hash was changed, and the event was not");
  if (!gone_.empty())
    refuse(gone_);
}

} // namespace

expected<evidence_verdict> check_evidence(event_log& log, state_store& state,
                                          const evidence_check_request& x) {
  return evidence_checker{log, state, x}.run();
}

} // namespace carillon
