#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::test {

/// A message that an `EventSource` dispatches.
struct dispatched {
  std::string type = "message";
  std::string data;
  std::string last_id;
};

/// Parses a stream as an `EventSource` does, strictly by WHATWG HTML section 9.2.6. Independent of
/// the code that writes streams, so that both must be right.
struct event_stream {
  std::vector<dispatched> messages;
  std::string last_id;
  std::optional<uint64_t> retry;

  explicit event_stream(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark))
      text.remove_prefix(byte_order_mark.size());
    for (auto end = text.find_first_of("\r\n"); end != std::string_view::npos;
         end = text.find_first_of("\r\n")) {
      take_line(text.substr(0, end));
      text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    }
  }

private:
  void take_line(std::string_view line) {
    if (line.empty())
      return dispatch();
    auto colon = std::min(line.find(':'), line.size());
    auto value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' '))
      value.remove_prefix(1);
    take_field(line.substr(0, colon), value);
  }

  void take_field(std::string_view name, std::string_view value) {
    if (name == "event")
      type_ = value;
    else if (name == "data")
      data_.append(value).append(1, '\n');
    else if (name == "id" && value.find('\0') == std::string_view::npos)
      last_id = value;
    else if (name == "retry" && !value.empty()
             && value.find_first_not_of("0123456789") == std::string_view::npos)
      retry = std::stoull(std::string{value.substr(0, 18)});
  }

  void dispatch() {
    if (!data_.empty()) {
      data_.pop_back();
      messages.push_back({type_.empty() ? "message" : type_, data_, last_id});
    }
    type_.clear();
    data_.clear();
  }

  std::string type_;
  std::string data_;
};

/// The text with LF for each line end, as a client receives it.
inline std::string with_line_feeds(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r')
      out += text[i];
    else if (i + 1 == text.size() || text[i + 1] != '\n')
      out += '\n';
  }
  return out;
}

} // namespace carillon::test
