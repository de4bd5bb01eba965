#pragma once

namespace carillon {

/// Combines several functions into one function object.
template <class... Functions>
struct overloaded : Functions... {
  using Functions::operator()...;
};

template <class... Functions>
overloaded(Functions...) -> overloaded<Functions...>;

} // namespace carillon
