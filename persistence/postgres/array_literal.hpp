#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace carillon::postgres {

/// `{1,2}` or `{"a","b"}`, as PostgreSQL reads arrays.
class array_literal {
public:
  void add(std::string_view x) {
    separate();
    text_ += '"';
    for (auto c : x) {
      if (c == '"' || c == '\\')
        text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }

  void add(std::integral auto x) {
    separate();
    text_ += std::to_string(x);
  }

  std::string text() const {
    return text_ + '}';
  }

private:
  void separate() {
    if (text_.size() > 1)
      text_ += ',';
  }

  std::string text_{"{"};
};

} // namespace carillon::postgres
