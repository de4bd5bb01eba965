#include "node/options/queue_option.hpp"

#include "messages/workers/remote_queue.hpp"
#include "node/option_values.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

using std::chrono::milliseconds;

constexpr size_t most_pauses = 50;
constexpr milliseconds longest_pause = std::chrono::hours{24 * 7};

failure not_a_queue(std::string_view text) {
  return {ec::invalid_argument,
          "'" + std::string{text}
            + "' is not a queue with its settings, like exports:ack=10m:retry=10s/1m",
          {}};
}

/// Takes the text before the next separator off `from`.
std::string_view take_part(std::string_view& from, char separator) {
  const auto end = std::min(from.find(separator), from.size());
  const auto out = from.substr(0, end);
  from.remove_prefix(std::min(end + 1, from.size()));
  return out;
}

expected<void> read_setting(std::string_view text, queue_settings& out) {
  constexpr std::string_view ack = "ack=";
  constexpr std::string_view retry = "retry=";
  if (text.starts_with(ack) && !out.ack_timeout) {
    auto time = parse_duration(text.substr(ack.size()), milliseconds{1'000}, longest_ack_timeout);
    if (!time)
      return time.error();
    out.ack_timeout = *time;
    return {};
  }
  if (text.starts_with(retry) && !out.retry_schedule) {
    auto pauses = parse_pauses(text.substr(retry.size()), '/');
    if (!pauses)
      return pauses.error();
    out.retry_schedule = std::move(*pauses);
    return {};
  }
  return not_a_queue(text);
}

} // namespace

expected<std::vector<milliseconds>> parse_pauses(std::string_view text, char separator) {
  std::vector<milliseconds> out;
  while (!text.empty()) {
    auto pause = parse_duration(take_part(text, separator), milliseconds{0}, longest_pause);
    if (!pause)
      return pause.error();
    out.push_back(*pause);
  }
  if (out.size() > most_pauses)
    return failure{ec::invalid_argument, "there are at most 50 pauses", {}};
  return out;
}

std::string to_text(const std::vector<milliseconds>& xs, char separator) {
  std::string out;
  for (const auto& x : xs) {
    if (!out.empty())
      out += separator;
    out += to_text(x);
  }
  return out;
}

expected<queue_table> parse_queues(std::string_view text) {
  queue_table out;
  while (!text.empty()) {
    const auto whole = take_part(text, ',');
    auto rest = whole;
    const auto name = take_part(rest, ':');
    if (!is_queue_name(name) || is_built_in_queue(name) || rest.empty())
      return not_a_queue(whole);
    auto [found, added] = out.try_emplace(std::string{name});
    if (!added)
      return failure{
        ec::invalid_argument, "the queue '" + std::string{name} + "' is named twice", {}};
    while (!rest.empty())
      if (auto done = read_setting(take_part(rest, ':'), found->second); !done)
        return done.error();
  }
  return out;
}

std::string to_text(const queue_table& x) {
  std::string out;
  for (const auto& [name, settings] : x) {
    out += (out.empty() ? "" : ",") + name;
    if (settings.ack_timeout)
      out += ":ack=" + to_text(*settings.ack_timeout);
    if (settings.retry_schedule)
      out += ":retry=" + to_text(*settings.retry_schedule, '/');
  }
  return out;
}

} // namespace carillon
