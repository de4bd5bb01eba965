#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::commands {

/// One value of the input, and its line.
struct input_item {
  std::string text;
  /// From 1.
  size_t line = 0;
};

/// Splits streamed input into the values of an array, the lines of NDJSON, or a sequence of JSON
/// texts. The begin decides: `[` is an array; a first line that closes all its brackets is NDJSON,
/// where an invalid line does not affect the others. A byte order mark of UTF-8 before an item is
/// skipped, like blanks: files that begin with one may be concatenated. Does not validate the
/// items. Linear in the length of the input; holds one item at a time.
class json_splitter {
public:
  void feed(std::string_view chunk);

  /// Ends the input.
  void finish();

  /// The next value; empty if more input is needed, or at the end.
  std::optional<input_item> next();

  /// Bytes that wait for the rest of their item.
  size_t buffered() const noexcept {
    return buffer_.size() - begin_;
  }

private:
  enum class form { unknown, array, lines, values };

  void decide();
  bool skip_mark();
  bool skip_to_value();
  bool scan_value();
  std::optional<input_item> next_line();
  std::optional<input_item> next_value();
  input_item take(size_t bytes);
  void drop(size_t bytes);

  form form_ = form::unknown;
  bool finished_ = false;
  std::string buffer_;
  /// Bytes before it are consumed.
  size_t begin_ = 0;
  /// From `begin_`; bytes before it were scanned.
  size_t scanned_ = 0;
  size_t line_ = 1;
  size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

} // namespace carillon::commands
