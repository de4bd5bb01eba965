#pragma once

// Precompiled for tests of what knows CAF, see precompiled.cmake.

// First: it says what an assertion of RapidJSON does in a test.
#include "cmake/precompiled_tests_base.hpp"

#include "cmake/precompiled.hpp"
