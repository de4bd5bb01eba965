#pragma once

#include "base/failure.hpp"

#include <string>

namespace carillon {

/// A failure in words: its detail, or the sentence of its code if it has none.
inline std::string text_of(const failure& x) {
  return x.detail.empty() ? std::string{sentence_of(x.code)} : x.detail;
}

} // namespace carillon
