#pragma once

#include "base/failure.hpp"

#include <doctest/doctest.h>

#include <string>

namespace doctest {

/// Shows a result in a failed check: its error, or that there is a value.
template <class T>
struct StringMaker<boost::system::result<T, carillon::failure>> {
  static String convert(const boost::system::result<T, carillon::failure>& x) {
    if (x)
      return "a value";
    auto text = std::string{carillon::name_of(x.error().code)} + " (" + x.error().field
                + "): " + x.error().detail;
    return {text.c_str(), static_cast<unsigned>(text.size())};
  }
};

} // namespace doctest
