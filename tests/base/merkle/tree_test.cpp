#include "base/merkle/proofs.hpp"

#include "base/text/hex.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

namespace carillon::test {

TEST_SUITE("base/merkle/tree") {
  namespace {

  /// The leaves of the reference tests of Certificate Transparency.
  const std::vector<std::string>& known_leaves() {
    static const std::vector<std::string> all{"",
                                              std::string{"\x00", 1},
                                              "\x10",
                                              "\x20\x21",
                                              "\x30\x31",
                                              "\x40\x41\x42\x43",
                                              "\x50\x51\x52\x53\x54\x55\x56\x57",
                                              "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c"
                                              "\x6d\x6e\x6f"};
    return all;
  }

  const std::vector<const char*> known_roots{
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  };

  std::vector<tree_hash> some_leaves(size_t count) {
    std::vector<tree_hash> out;
    for (size_t i = 0; i < count; ++i)
      out.push_back(leaf_hash("leaf " + std::to_string(i)));
    return out;
  }

  /// The definition of RFC 9162, section 2.1.1, word by word.
  tree_hash naive(const std::vector<tree_hash>& xs, size_t begin, size_t end) {
    if (begin == end)
      return empty_tree_hash();
    if (end - begin == 1)
      return xs[begin];
    size_t k = 1;
    while (2 * k < end - begin)
      k *= 2;
    return node_hash(naive(xs, begin, begin + k), naive(xs, begin + k, end));
  }

  subtree_source source_of(const std::vector<tree_hash>& xs) {
    return [&xs](unsigned level, uint64_t number) -> expected<tree_hash> {
      const auto begin = number << level;
      const auto end = (number + 1) << level;
      REQUIRE(end <= xs.size());
      return naive(xs, begin, end);
    };
  }

  } // namespace

  TEST_CASE("roots are those of the reference implementation") {
    tree_frontier tree;
    CHECK(to_hex(tree.root()) == known_roots[0]);
    for (size_t i = 0; i < known_leaves().size(); ++i) {
      tree.add(leaf_hash(known_leaves()[i]));
      CHECK(to_hex(tree.root()) == known_roots[i + 1]);
    }
  }

  TEST_CASE("a proof is that of the reference implementation") {
    std::vector<tree_hash> xs;
    for (const auto& x : known_leaves())
      xs.push_back(leaf_hash(x));
    const auto path = inclusion_path(5, 8, source_of(xs));
    REQUIRE(path.has_value());
    REQUIRE(path->size() == 3);
    CHECK(to_hex((*path)[0]) == "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
    CHECK(to_hex((*path)[1]) == "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
    CHECK(to_hex((*path)[2]) == "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
  }

  TEST_CASE("a tree that grows has the root of the definition, and is read back") {
    const auto xs = some_leaves(200);
    tree_frontier tree;
    for (size_t n = 0; n <= xs.size(); ++n) {
      CAPTURE(n);
      CHECK(tree.root() == naive(xs, 0, n));
      auto again = tree_frontier::from(n, tree.bytes());
      REQUIRE(again);
      CHECK(again->root() == tree.root());
      tree = std::move(*again);
      CHECK_FALSE(tree_frontier::from(n, tree.bytes() + "x"));
      if (n < xs.size())
        tree.add(xs[n], [&](unsigned level, uint64_t number, const tree_hash& hash) {
          CHECK(hash == naive(xs, number << level, (number + 1) << level));
        });
    }
    CHECK_FALSE(tree_frontier::from(3, std::string(32, 'x')));
  }

  TEST_CASE("each leaf of each tree has a proof, and no other leaf or root has it") {
    const auto xs = some_leaves(40);
    const auto source = source_of(xs);
    for (size_t size = 1; size <= xs.size(); ++size)
      for (size_t index = 0; index < size; ++index) {
        CAPTURE(size);
        CAPTURE(index);
        const auto root = naive(xs, 0, size);
        auto path = inclusion_path(index, size, source);
        REQUIRE(path.has_value());
        CHECK(root_of_path(index, size, xs[index], *path) == root);
        CHECK(root_of_path(index, size, leaf_hash("another"), *path) != root);
        for (auto& x : *path) {
          x[7] ^= 1;
          CHECK(root_of_path(index, size, xs[index], *path) != root);
          x[7] ^= 1;
        }
        if (size > 1)
          CHECK(root_of_path((index + 1) % size, size, xs[index], *path) != root);
        path->push_back(root);
        CHECK_FALSE(root_of_path(index, size, xs[index], *path));
        path->pop_back();
        if (!path->empty()) {
          path->pop_back();
          CHECK(root_of_path(index, size, xs[index], *path) != root);
        }
      }
    CHECK(inclusion_path(3, 3, source).error().code == ec::invalid_argument);
    CHECK_FALSE(root_of_path(3, 3, xs[0], {}));
  }

  TEST_CASE("each tree is consistent with each later one, and with no other") {
    const auto xs = some_leaves(40);
    const auto source = source_of(xs);
    for (size_t from = 0; from <= xs.size(); ++from)
      for (size_t to = from; to <= xs.size(); ++to) {
        CAPTURE(from);
        CAPTURE(to);
        const auto first = naive(xs, 0, from);
        const auto second = naive(xs, 0, to);
        auto path = consistency_path(from, to, source);
        REQUIRE(path.has_value());
        CHECK(verify_consistency(from, to, first, second, *path));
        auto other = first;
        other[0] ^= 1;
        CHECK_FALSE(verify_consistency(from, to, other, second, *path));
        for (auto& x : *path) {
          x[31] ^= 0x80;
          CHECK_FALSE(verify_consistency(from, to, first, second, *path));
          x[31] ^= 0x80;
        }
        if (from > 0) {
          other = second;
          other[0] ^= 1;
          CHECK_FALSE(verify_consistency(from, to, first, other, *path));
        }
        path->push_back(second);
        CHECK_FALSE(verify_consistency(from, to, first, second, *path));
      }
    CHECK(consistency_path(2, 1, source).error().code == ec::invalid_argument);
    CHECK_FALSE(verify_consistency(2, 1, xs[0], xs[0], {}));
    CHECK_FALSE(verify_consistency(3, 7, naive(xs, 0, 3), naive(xs, 0, 7), {}));
  }

  TEST_CASE("proofs of large trees ask for a few subtrees, and hold") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const auto xs = some_leaves(5'000);
    std::map<std::pair<unsigned, uint64_t>, tree_hash> stored;
    tree_frontier tree;
    for (const auto& x : xs) {
      stored[{0, tree.size()}] = x;
      tree.add(x, [&](unsigned level, uint64_t number, const tree_hash& hash) {
        stored[{level, number}] = hash;
      });
    }
    size_t asked = 0;
    const subtree_source source = [&](unsigned level, uint64_t number) -> expected<tree_hash> {
      ++asked;
      return stored.at({level, number});
    };
    for (int i = 0; i < 300; ++i) {
      const auto size = 1 + random() % xs.size();
      const auto index = random() % size;
      const auto from = random() % (size + 1);
      CAPTURE(size);
      CAPTURE(index);
      CAPTURE(from);
      const auto root = *range_hash(0, size, source);
      asked = 0;
      CHECK(root_of_path(index, size, xs[index], *inclusion_path(index, size, source)) == root);
      CHECK(asked <= 26);
      CHECK(verify_consistency(from, size, *range_hash(0, from, source), root,
                               *consistency_path(from, size, source)));
    }
  }

  TEST_CASE("a proof ends with the failure of its source") {
    const subtree_source broken = [](unsigned, uint64_t) -> expected<tree_hash> {
      return failure{ec::store_unavailable, "gone", {}};
    };
    CHECK(inclusion_path(2, 9, broken).error().code == ec::store_unavailable);
    CHECK(consistency_path(2, 9, broken).error().code == ec::store_unavailable);
  }
}

} // namespace carillon::test
