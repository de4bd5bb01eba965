#pragma once

#include "base/time.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::admin {

/// Writes a JSON text: members in the order of the calls.
class json_text {
public:
  json_text() : writer_(buffer_) {
  }

  json_text& begin_object();
  json_text& begin_object(std::string_view name);
  json_text& end_object();
  json_text& begin_array(std::string_view name);
  json_text& end_array();

  json_text& member(std::string_view name, std::string_view x);
  json_text& member(std::string_view name, const char* x);
  json_text& member(std::string_view name, uint64_t x);
  json_text& member(std::string_view name, int64_t x);
  json_text& member(std::string_view name, double x);
  json_text& member(std::string_view name, bool x);
  json_text& member(std::string_view name, timestamp x);
  json_text& null(std::string_view name);

  /// `null` if empty.
  template <class T>
  json_text& member(std::string_view name, const std::optional<T>& x) {
    return x ? member(name, *x) : null(name);
  }

  /// `null` for an empty text.
  json_text& member_or_null(std::string_view name, std::string_view x);

  /// A member whose value is JSON already.
  json_text& raw(std::string_view name, std::string_view json);

  /// An item of an array that is JSON already.
  json_text& raw(std::string_view json);

  json_text& item(uint64_t x);
  json_text& item(std::string_view x);

  size_t size() const {
    return buffer_.GetSize();
  }

  std::string take() const {
    return {buffer_.GetString(), buffer_.GetSize()};
  }

private:
  void key(std::string_view name);

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

} // namespace carillon::admin
