#include "messages/events/log_history.hpp"

#include "base/text/number.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr size_t most_history_bytes = 32;

/// Of an id in a text. Those that stores make have 16; `1.5` is no position.
constexpr size_t least_history_bytes = 16;

failure not_a_position() {
  return {
    ec::invalid_argument, "a position is a number, or the id of a history, a dot, a number", {}};
}

} // namespace

bool is_history(std::string_view x) noexcept {
  return !x.empty() && x.size() <= most_history_bytes
         && std::all_of(x.begin(), x.end(), [](char c) {
              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            });
}

std::string to_string(const history_position& x) {
  const auto number = std::to_string(x.seq);
  return x.history.empty() ? number : x.history + '.' + number;
}

expected<history_position> history_position_from(std::string_view text) {
  const auto dot = text.find('.');
  const bool is_plain = dot == std::string_view::npos;
  const auto seq = number_from(is_plain ? text : text.substr(dot + 1));
  if (!seq || (!is_plain && (dot < least_history_bytes || !is_history(text.substr(0, dot)))))
    return not_a_position();
  return history_position{std::string{is_plain ? std::string_view{} : text.substr(0, dot)}, *seq};
}

resumption resume_at(const log_histories& log, const history_position& x) {
  if (x.history.empty() || x.history == log.current)
    return {x.seq, false};
  const auto known = std::find_if(log.former.rbegin(), log.former.rend(),
                                  [&](const auto& h) { return h.id == x.history; });
  if (known == log.former.rend())
    return {std::min(x.seq, log.began_after()), true};
  return {std::min(x.seq, known->last), x.seq > known->last};
}

} // namespace carillon
