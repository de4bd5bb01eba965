#pragma once

#include <mutex>
#include <string>

namespace carillon {

/// A text that is made at most once, by the first thread that asks. A copy starts empty. Any thread
/// may ask; the others wait meanwhile.
class lazy_text {
public:
  lazy_text() = default;
  lazy_text(const lazy_text&) {
  }
  lazy_text& operator=(const lazy_text&) = delete;

  /// @param make returns the text; if it throws, the next caller tries again
  template <class Make>
  const std::string& get(Make&& make) const {
    std::call_once(once_, [&] { text_ = make(); });
    return text_;
  }

private:
  mutable std::once_flag once_;
  mutable std::string text_;
};

} // namespace carillon
