#pragma once

#include "node/options/options.hpp"

/// The member of a `serve_options` that the expression names, for the tables of options.
#define MEMBER(path)                                                                               \
  [](serve_options & x) -> auto& {                                                                 \
    return x.path;                                                                                 \
  }
