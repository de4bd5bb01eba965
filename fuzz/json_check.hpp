#pragma once

#include "base/text/utf8.hpp"

#include <rapidjson/document.h>

#include <string_view>

namespace carillon::fuzz {

/// True for one JSON object in UTF-8, by the rules of any JSON parser.
inline bool is_json_object(std::string_view text) {
  rapidjson::Document parsed;
  parsed.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(),
                                                                                       text.size());
  return !parsed.HasParseError() && parsed.IsObject() && is_utf8(text);
}

} // namespace carillon::fuzz
