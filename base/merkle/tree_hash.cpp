#include "base/merkle/tree_hash.hpp"

#include "base/crypto/sha256_stream.hpp"

#include <algorithm>
#include <bit>

namespace carillon {

namespace {

constexpr std::string_view leaf_prefix{"\x00", 1};
constexpr std::string_view node_prefix{"\x01", 1};

} // namespace

tree_hash leaf_hash(std::string_view leaf) noexcept {
  return sha256_stream{}.add(leaf_prefix).add(leaf).finish();
}

tree_hash node_hash(const tree_hash& left, const tree_hash& right) noexcept {
  return sha256_stream{}.add(node_prefix).add(view_of(left)).add(view_of(right)).finish();
}

tree_hash empty_tree_hash() noexcept {
  return sha256_stream{}.finish();
}

std::optional<tree_hash> tree_hash_from(std::string_view bytes) noexcept {
  tree_hash out{};
  if (bytes.size() != out.size())
    return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

std::optional<tree_frontier> tree_frontier::from(uint64_t size, std::string_view bytes) {
  if (bytes.size() != static_cast<size_t>(std::popcount(size)) * sizeof(tree_hash))
    return std::nullopt;
  tree_frontier out;
  out.size_ = size;
  for (; !bytes.empty(); bytes.remove_prefix(sizeof(tree_hash)))
    out.subtrees_.push_back(*tree_hash_from(bytes.substr(0, sizeof(tree_hash))));
  return out;
}

tree_hash tree_frontier::root() const noexcept {
  if (subtrees_.empty())
    return empty_tree_hash();
  auto hash = subtrees_.back();
  for (auto i = subtrees_.rbegin() + 1; i != subtrees_.rend(); ++i)
    hash = node_hash(*i, hash);
  return hash;
}

std::string tree_frontier::bytes() const {
  std::string out;
  for (const auto& x : subtrees_)
    out += view_of(x);
  return out;
}

} // namespace carillon
