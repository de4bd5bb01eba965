#include "persistence/evidence/event_tree.hpp"

#include <utility>

namespace carillon {

namespace {

failure not_sealed_yet(position seq) {
  return {ec::not_found,
          "no checkpoint covers event " + std::to_string(seq)
            + " yet; one is signed each second while events come",
          "seq"};
}

} // namespace

expected<event_proof> event_tree::prove(position seq, const signed_head& by) {
  if (seq == 0 || seq > by.size)
    return not_sealed_yet(seq);
  const auto head = checkpoint_of(by.note);
  if (!head)
    return failure{ec::store_corrupt, "the stored checkpoint cannot be read", {}};
  auto found = log_.find({.seq = seq});
  if (!found)
    return found.error();
  const subtree_source source
    = [this](unsigned level, uint64_t number) { return subtree(level, number); };
  auto path = inclusion_path(seq - 1, by.size, source);
  if (!path)
    return path.error();
  if (root_of_path(seq - 1, by.size, hasher_(**found), *path) != head->root)
    return failure{ec::store_corrupt,
                   "the log is not what was sealed, so that there is no proof; `carillon audit "
                   "verify` names the event",
                   {}};
  event_proof out;
  out.salts = hasher_.salts_of(seq);
  out.event = std::move(*found);
  out.path = std::move(*path);
  out.checkpoint = by.note;
  return out;
}

expected<consistency_proof> event_tree::prove_consistency(uint64_t from, uint64_t to,
                                                          uint64_t most) {
  if (to > most)
    return failure{ec::invalid_argument,
                   "the newest checkpoint is of " + std::to_string(most) + " events", "to"};
  if (from > to)
    return failure{ec::invalid_argument, "it is greater than `to`", "from"};
  const subtree_source source
    = [this](unsigned level, uint64_t number) { return subtree(level, number); };
  consistency_proof out{.from = from, .to = to, .from_root = {}, .to_root = {}, .path = {}};
  auto path = consistency_path(from, to, source);
  auto first = range_hash(0, from, source);
  auto second = range_hash(0, to, source);
  if (!path || !first || !second)
    return !path ? path.error() : !first ? first.error() : second.error();
  out.path = std::move(*path);
  out.from_root = *first;
  out.to_root = *second;
  return out;
}

expected<bool> event_tree::continues(const tree_frontier& tree, uint64_t size,
                                     const tree_hash& root) {
  if (size == tree.size())
    return tree.root() == root;
  const auto path = consistency_path(
    size, tree.size(), [this](unsigned level, uint64_t number) { return subtree(level, number); });
  if (!path)
    return path.error();
  return verify_consistency(size, tree.size(), root, tree.root(), *path);
}

expected<tree_hash> event_tree::subtree(unsigned level, uint64_t number) {
  if (level >= evidence_store::block_level) {
    auto found = store_.subtree(level, number);
    if (!found && found.error().code == ec::not_found)
      return failure{ec::store_corrupt, found.error().detail, {}};
    return found;
  }
  const auto begin = number << level;
  const auto end = (number + 1) << level;
  const auto all = leaves_until(begin / block * block, end);
  if (!all)
    return all.error();
  tree_frontier tree;
  for (auto i = begin; i < end; ++i)
    tree.add((*all)->hashes[i - (*all)->begin]);
  return tree.root();
}

expected<const event_tree::leaves*> event_tree::leaves_until(uint64_t begin, uint64_t end) {
  const auto has
    = [&](const leaves& x) { return x.begin == begin && x.begin + x.hashes.size() >= end; };
  if (has(cached_[1]))
    std::swap(cached_[0], cached_[1]);
  if (has(cached_[0]))
    return &cached_[0];
  // An older part of the same block is continued.
  if (cached_[1].begin == begin)
    std::swap(cached_[0], cached_[1]);
  if (cached_[0].begin != begin)
    cached_[1] = std::exchange(cached_[0], leaves{begin, {}});
  if (auto read = read_leaves(cached_[0]); !read)
    return read.error();
  if (!has(cached_[0]))
    return failure{ec::store_corrupt,
                   "the log ends before event " + std::to_string(end) + ", which was sealed",
                   {}};
  return &cached_[0];
}

expected<void> event_tree::read_leaves(leaves& to) {
  to.hashes.reserve(block);
  while (to.hashes.size() < block) {
    read_request request;
    request.after = to.begin + to.hashes.size();
    request.limit = block - to.hashes.size();
    auto page = log_.read(request);
    if (!page)
      return page.error();
    for (const auto& x : page->events) {
      if (x->seq != to.begin + to.hashes.size() + 1)
        return failure{ec::store_corrupt,
                       "event " + std::to_string(to.begin + to.hashes.size() + 1)
                         + " is missing from the log",
                       {}};
      to.hashes.push_back(hasher_(*x));
    }
    if (page->events.empty())
      break;
  }
  return {};
}

} // namespace carillon
