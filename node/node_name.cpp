#include "node/node_name.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string>

#include <unistd.h>

namespace carillon {

namespace {

constexpr size_t longest_name = 40;
constexpr size_t incarnation_digits = 12;

/// As a node's name: cut, and other characters replaced.
std::string name_of_node(std::string x) {
  x.resize(std::min(x.size(), longest_name));
  for (auto& c : x)
    if (!is_node_name({&c, 1}))
      c = '-';
  return x;
}

std::string random_digits(size_t count) {
  std::random_device source;
  std::uniform_int_distribution<size_t> digit{0, 15};
  std::string out;
  while (out.size() < count)
    out += "0123456789abcdef"[digit(source)];
  return out;
}

} // namespace

std::string name_of_machine() {
  std::array<char, 256> text{};
  if (::gethostname(text.data(), text.size() - 1) != 0)
    return "node";
  const std::string out{text.data()};
  return out.empty() ? "node" : out;
}

node_identity complete(node_identity x) {
  if (x.name.empty())
    x.name = name_of_node(name_of_machine());
  if (x.incarnation.empty())
    x.incarnation = random_digits(incarnation_digits);
  if (x.version.empty())
    x.version = CARILLON_VERSION;
  return x;
}

} // namespace carillon
