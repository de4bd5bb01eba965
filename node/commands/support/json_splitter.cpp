#include "node/commands/support/json_splitter.hpp"

#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>

namespace carillon::commands {

namespace {

/// Consumed bytes are kept up to this number.
constexpr size_t compact_bytes = 1'048'576;

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view without_mark(std::string_view x) noexcept {
  x = trimmed(x, blanks_and_line_ends);
  while (x.starts_with(byte_order_mark))
    x = trimmed(x.substr(byte_order_mark.size()), blanks_and_line_ends);
  return x;
}

/// True if all opened brackets and strings are closed.
bool is_closed(std::string_view text) noexcept {
  int64_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (in_string && c == '\\')
      ++i;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '{' || c == '['))
      ++depth;
    else if (!in_string && (c == '}' || c == ']'))
      --depth;
  }
  return !in_string && depth <= 0;
}

} // namespace

void json_splitter::feed(std::string_view chunk) {
  buffer_ += chunk;
}

void json_splitter::finish() {
  finished_ = true;
}

std::optional<input_item> json_splitter::next() {
  if (form_ == form::unknown)
    decide();
  switch (form_) {
  case form::lines:
    return next_line();
  case form::array:
  case form::values:
    return next_value();
  case form::unknown:
    break;
  }
  return std::nullopt;
}

/// True if there was a byte order mark, which is skipped.
bool json_splitter::skip_mark() {
  if (!std::string_view{buffer_}.substr(begin_).starts_with(byte_order_mark))
    return false;
  drop(byte_order_mark.size());
  return true;
}

void json_splitter::decide() {
  do {
    auto rest = std::string_view{buffer_}.substr(begin_);
    drop(static_cast<size_t>(std::find_if_not(rest.begin(), rest.end(), is_blank) - rest.begin()));
  } while (skip_mark());
  auto rest = std::string_view{buffer_}.substr(begin_);
  // The rest of a mark may follow.
  if (rest.empty()
      || (!finished_ && rest.size() < byte_order_mark.size() && byte_order_mark.starts_with(rest)))
    return;
  if (rest.front() == '[') {
    drop(1);
    form_ = form::array;
    return;
  }
  auto eol = rest.find('\n');
  if (eol == std::string_view::npos && !finished_)
    return;
  form_ = is_closed(rest.substr(0, eol)) ? form::lines : form::values;
}

std::optional<input_item> json_splitter::next_line() {
  for (;;) {
    auto eol = buffer_.find('\n', begin_ + scanned_);
    if (eol == std::string::npos && !finished_) {
      scanned_ = buffered();
      return std::nullopt;
    }
    auto bytes = eol == std::string::npos ? buffered() : eol + 1 - begin_;
    if (bytes == 0)
      return std::nullopt;
    auto item = take(bytes);
    if (!item.text.empty())
      return item;
  }
}

/// Drops blanks, and in an array commas and its end.
bool json_splitter::skip_to_value() {
  while (buffered() > 0) {
    auto c = buffer_[begin_];
    auto in_array = form_ == form::array;
    if (in_array && c == ']')
      form_ = form::values; // another value may follow
    else if (c == byte_order_mark.front() && !finished_ && buffered() < byte_order_mark.size())
      return false; // the rest of a mark may follow
    else if (skip_mark())
      continue;
    else if (!is_blank(c) && !(in_array && c == ','))
      return true;
    drop(1);
  }
  return false;
}

/// Moves `scanned_` behind the value; false if its end has not arrived.
bool json_splitter::scan_value() {
  auto first = buffer_[begin_];
  auto nested = first == '{' || first == '[' || first == '"';
  for (; scanned_ < buffered(); ++scanned_) {
    auto c = buffer_[begin_ + scanned_];
    if (in_string_) {
      if (c == '"' && !escaped_)
        in_string_ = false;
      escaped_ = c == '\\' && !escaped_;
    } else if (!nested && (is_blank(c) || c == ',' || c == ']')) {
      // A separator outside an array would be scanned for ever.
      scanned_ = std::max<size_t>(scanned_, 1);
      return true;
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if ((c == '}' || c == ']') && depth_ > 0) {
      --depth_;
    }
    if (nested && depth_ == 0 && !in_string_) {
      ++scanned_;
      return true;
    }
  }
  return finished_;
}

std::optional<input_item> json_splitter::next_value() {
  if (scanned_ == 0 && !skip_to_value())
    return std::nullopt;
  if (!scan_value())
    return std::nullopt;
  depth_ = 0;
  in_string_ = escaped_ = false;
  return take(scanned_);
}

input_item json_splitter::take(size_t bytes) {
  input_item out{std::string{without_mark(std::string_view{buffer_}.substr(begin_, bytes))}, line_};
  drop(bytes);
  return out;
}

void json_splitter::drop(size_t bytes) {
  auto at = buffer_.begin() + static_cast<std::ptrdiff_t>(begin_);
  line_ += static_cast<size_t>(std::count(at, at + static_cast<std::ptrdiff_t>(bytes), '\n'));
  begin_ += bytes;
  scanned_ = 0;
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
  } else if (begin_ >= compact_bytes) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
}

} // namespace carillon::commands
