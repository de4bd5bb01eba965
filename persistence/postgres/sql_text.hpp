#pragma once

#include "persistence/postgres/connection.hpp"

#include <deque>
#include <string>
#include <string_view>

namespace carillon::postgres {

/// Builds a statement with its parameters.
class sql_text {
public:
  sql_text& add(std::string_view text) {
    text_ += text;
    return *this;
  }

  /// A parameter.
  sql_text& value(std::string x) {
    values_.push_back(std::move(x));
    text_ += '$' + std::to_string(values_.size());
    return *this;
  }

  template <class T>
  requires std::is_integral_v<T> sql_text& value(T x) {
    return value(std::to_string(x));
  }

  const std::string& text() const noexcept {
    return text_;
  }

  connection::parameters parameters() const {
    connection::parameters out;
    for (const auto& x : values_)
      out.push_back(x.c_str());
    return out;
  }

private:
  std::string text_;
  std::deque<std::string> values_;
};

/// Joins conditions, the first of which has nothing before it.
class conjunction {
public:
  explicit conjunction(std::string_view before) : next_(before) {
  }

  /// Text before the next condition.
  std::string_view operator()() {
    return std::exchange(next_, " AND ");
  }

private:
  std::string_view next_;
};

} // namespace carillon::postgres
