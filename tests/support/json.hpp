#pragma once

#include <stdexcept>

// A missing member fails the test case instead of the whole program.
#define RAPIDJSON_ASSERT(x) ((x) ? void() : throw std::runtime_error("not in this JSON: " #x))
#define RAPIDJSON_NOEXCEPT_ASSERT(x) static_cast<void>(x)
#include <rapidjson/document.h>
