#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace carillon {

struct easy_deleter {
  void operator()(CURL* x) const noexcept {
    curl_easy_cleanup(x);
  }
};

using easy_ptr = std::unique_ptr<CURL, easy_deleter>;

struct slist_deleter {
  void operator()(curl_slist* x) const noexcept {
    curl_slist_free_all(x);
  }
};

using slist_ptr = std::unique_ptr<curl_slist, slist_deleter>;

/// Appends to a list; false without memory.
inline bool append(slist_ptr& to, const std::string& text) {
  auto* grown = curl_slist_append(to.get(), text.c_str());
  if (grown == nullptr)
    return false;
  static_cast<void>(to.release());
  to.reset(grown);
  return true;
}

/// Applies options until one fails.
class option_setter {
public:
  explicit option_setter(CURL* easy) : easy_(easy) {
  }

  template <class T>
  option_setter& set(CURLoption option, T value) {
    if (code_ == CURLE_OK)
      code_ = curl_easy_setopt(easy_, option, value);
    return *this;
  }

  bool ok() const noexcept {
    return code_ == CURLE_OK;
  }

private:
  CURL* easy_;
  CURLcode code_ = CURLE_OK;
};

} // namespace carillon
