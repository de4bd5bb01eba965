#include "base/sip_hash.hpp"

#include <bit>
#include <cstring>
#include <random>

namespace carillon {

namespace {

// Words are read as they lie in memory; `index.db` keeps hashes.
static_assert(std::endian::native == std::endian::little);

class sip_state {
public:
  explicit sip_state(const sip_key& key) noexcept
    : a_(key.first ^ 0x736f6d6570736575), b_(key.second ^ 0x646f72616e646f6d),
      c_(key.first ^ 0x6c7967656e657261), d_(key.second ^ 0x7465646279746573) {
  }

  void add(uint64_t word) noexcept {
    d_ ^= word;
    round();
    a_ ^= word;
  }

  uint64_t finish() noexcept {
    c_ ^= 0xff;
    round();
    round();
    round();
    return a_ ^ b_ ^ c_ ^ d_;
  }

private:
  void round() noexcept {
    a_ += b_;
    b_ = std::rotl(b_, 13) ^ a_;
    a_ = std::rotl(a_, 32);
    c_ += d_;
    d_ = std::rotl(d_, 16) ^ c_;
    a_ += d_;
    d_ = std::rotl(d_, 21) ^ a_;
    c_ += b_;
    b_ = std::rotl(b_, 17) ^ c_;
    c_ = std::rotl(c_, 32);
  }

  uint64_t a_;
  uint64_t b_;
  uint64_t c_;
  uint64_t d_;
};

} // namespace

sip_key sip_key::random() {
  std::random_device source;
  const auto word = [&] { return uint64_t{source()} << 32 | source(); };
  return {word(), word()};
}

uint64_t sip_hash(const sip_key& key, std::initializer_list<std::string_view> texts) noexcept {
  sip_state state{key};
  for (auto text : texts) {
    // The length of a text comes before it, so that the last word needs no length of its own.
    state.add(text.size());
    for (; !text.empty(); text.remove_prefix(text.size() < 8 ? text.size() : 8)) {
      uint64_t word = 0;
      std::memcpy(&word, text.data(), text.size() < 8 ? text.size() : 8);
      state.add(word);
    }
  }
  return state.finish();
}

} // namespace carillon
