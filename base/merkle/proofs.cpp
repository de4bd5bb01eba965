#include "base/merkle/proofs.hpp"

#include <algorithm>
#include <bit>

namespace carillon {

namespace {

/// The largest power of two below `n`; `n` ≥ 2.
uint64_t split_of(uint64_t n) noexcept {
  return std::bit_floor(n - 1);
}

/// PATH of section 2.1.3.1: for the leaf `index` of the leaves from `begin` to before `end`.
expected<void> add_inclusion(tree_path& out, uint64_t index, uint64_t begin, uint64_t end,
                             const subtree_source& source) {
  if (end - begin <= 1)
    return {};
  const auto middle = begin + split_of(end - begin);
  const bool left = index < middle;
  auto inner = left ? add_inclusion(out, index, begin, middle, source)
                    : add_inclusion(out, index, middle, end, source);
  if (!inner)
    return inner;
  auto other = left ? range_hash(middle, end, source) : range_hash(begin, middle, source);
  if (!other)
    return other.error();
  out.push_back(*other);
  return {};
}

/// SUBPROOF of section 2.1.4.1.
/// @param whole the first tree begins at `begin` and is known to the verifier
expected<void> add_consistency(tree_path& out, uint64_t from, uint64_t begin, uint64_t end,
                               bool whole, const subtree_source& source) {
  const auto add = [&](uint64_t first, uint64_t last) -> expected<void> {
    auto hash = range_hash(first, last, source);
    if (!hash)
      return hash.error();
    out.push_back(*hash);
    return {};
  };
  if (from == end)
    return whole ? expected<void>{} : add(begin, end);
  const auto middle = begin + split_of(end - begin);
  if (from <= middle) {
    if (auto done = add_consistency(out, from, begin, middle, whole, source); !done)
      return done;
    return add(middle, end);
  }
  if (auto done = add_consistency(out, from, middle, end, false, source); !done)
    return done;
  return add(begin, middle);
}

} // namespace

expected<tree_hash> range_hash(uint64_t begin, uint64_t end, const subtree_source& source) {
  const auto count = end - begin;
  if (count == 0)
    return empty_tree_hash();
  if (std::has_single_bit(count) && begin % count == 0)
    return source(static_cast<unsigned>(std::countr_zero(count)), begin / count);
  const auto middle = begin + split_of(count);
  auto left = range_hash(begin, middle, source);
  if (!left)
    return left;
  auto right = range_hash(middle, end, source);
  if (!right)
    return right;
  return node_hash(*left, *right);
}

expected<tree_path> inclusion_path(uint64_t index, uint64_t size, const subtree_source& source) {
  if (index >= size)
    return failure{ec::invalid_argument, "the tree does not reach that far", {}};
  tree_path out;
  if (auto done = add_inclusion(out, index, 0, size, source); !done)
    return done.error();
  return out;
}

std::optional<tree_hash> root_of_path(uint64_t index, uint64_t size, const tree_hash& leaf,
                                      const tree_path& path) noexcept {
  if (index >= size)
    return std::nullopt;
  auto node = index;
  auto last = size - 1;
  auto hash = leaf;
  for (const auto& other : path) {
    if (last == 0)
      return std::nullopt;
    if ((node & 1) != 0 || node == last) {
      hash = node_hash(other, hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, other);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 ? std::optional{hash} : std::nullopt;
}

expected<tree_path> consistency_path(uint64_t from, uint64_t to, const subtree_source& source) {
  if (from > to)
    return failure{ec::invalid_argument, "the second tree is smaller than the first", {}};
  tree_path out;
  if (from == 0 || from == to)
    return out;
  if (auto done = add_consistency(out, from, 0, to, true, source); !done)
    return done.error();
  return out;
}

bool verify_consistency(uint64_t from, uint64_t to, const tree_hash& from_root,
                        const tree_hash& to_root, const tree_path& path) noexcept {
  if (from > to)
    return false;
  if (from == to)
    return path.empty() && from_root == to_root;
  if (from == 0)
    return path.empty() && from_root == empty_tree_hash();
  if (path.empty())
    return false;
  auto next = path.begin();
  auto node = from - 1;
  auto last = to - 1;
  while ((node & 1) != 0) {
    node >>= 1;
    last >>= 1;
  }
  // A first tree of 2^n leaves is a subtree of the second: the proof leaves its root out.
  auto first = std::has_single_bit(from) ? from_root : *next++;
  auto second = first;
  for (; next != path.end(); ++next) {
    if (last == 0)
      return false;
    if ((node & 1) != 0 || node == last) {
      first = node_hash(*next, first);
      second = node_hash(*next, second);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      second = node_hash(second, *next);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && first == from_root && second == to_root;
}

} // namespace carillon
