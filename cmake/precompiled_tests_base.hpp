#pragma once

// Precompiled for tests of what knows no CAF, and of processes from outside, see precompiled.cmake.

// First: it says what an assertion of RapidJSON does in a test.
#include "tests/support/json.hpp"

#include "cmake/precompiled_base.hpp"

#include <doctest/doctest.h>
