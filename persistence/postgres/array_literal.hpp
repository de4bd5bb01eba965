#pragma once

#include <string>
#include <string_view>

namespace carillon::postgres {

/// `{"a","b"}`, as PostgreSQL reads an array of texts.
class array_literal {
public:
  void add(std::string_view x) {
    if (text_.size() > 1)
      text_ += ',';
    text_ += '"';
    for (auto c : x) {
      if (c == '"' || c == '\\')
        text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }

  std::string text() const {
    return text_ + '}';
  }

private:
  std::string text_{"{"};
};

} // namespace carillon::postgres
