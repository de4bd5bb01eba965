#pragma once

#include "base/time.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Writes a JSON text: members in the order of the calls.
class json_writer {
public:
  json_writer() : writer_(buffer_) {
  }

  json_writer& begin_object();
  json_writer& begin_object(std::string_view name);
  json_writer& end_object();
  json_writer& begin_array(std::string_view name);
  json_writer& end_array();

  json_writer& member(std::string_view name, std::string_view x);
  json_writer& member(std::string_view name, const char* x);
  json_writer& member(std::string_view name, uint64_t x);
  json_writer& member(std::string_view name, int64_t x);
  json_writer& member(std::string_view name, double x);
  json_writer& member(std::string_view name, bool x);
  json_writer& member(std::string_view name, timestamp x);
  json_writer& null(std::string_view name);

  /// `null` if empty.
  template <class T>
  json_writer& member(std::string_view name, const std::optional<T>& x) {
    return x ? member(name, *x) : null(name);
  }

  /// `null` for an empty text.
  json_writer& member_or_null(std::string_view name, std::string_view x);

  /// A member whose value is JSON already.
  json_writer& raw(std::string_view name, std::string_view json);

  /// An item of an array that is JSON already.
  json_writer& raw(std::string_view json);

  json_writer& item(uint64_t x);
  json_writer& item(std::string_view x);

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

} // namespace carillon
