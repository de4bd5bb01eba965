#pragma once

// Precompiled for tests/, see precompiled_base.hpp.

// First: it says what an assertion of RapidJSON does in a test.
#include "tests/support/json.hpp"

#include "cmake/precompiled.hpp"

#include <doctest/doctest.h>
