#include "persistence/postgres/conninfo.hpp"

#include "base/text/masked.hpp"
#include "base/text/plain_text.hpp"
#include "persistence/postgres/faults.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <string_view>

namespace carillon::postgres {

namespace {

/// Most bytes of libpq's message that are shown.
constexpr size_t most_shown = 500;

using settings = std::map<std::string, std::string>;

failure refuse(const std::string& why) {
  return {ec::invalid_argument,
          "the store's URL is none of PostgreSQL: " + why
            + "; what is no letter or digit in a user or a password is written as %XX",
          "store"};
}

void add_default(settings& all, const char* name, int64_t value) {
  all.try_emplace(name, std::to_string(value));
}

void append_quoted(std::string& out, std::string_view value) {
  out += '\'';
  for (const char c : value) {
    if (c == '\'' || c == '\\')
      out += '\\';
    out += c;
  }
  out += '\'';
}

expected<settings> parsed(const std::string& url) {
  char* words = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> found{
    PQconninfoParse(url.c_str(), &words), &PQconninfoFree};
  const std::unique_ptr<char, decltype(&PQfreemem)> said{words, &PQfreemem};
  if (!found)
    return refuse(said ? masked(one_line(said.get(), most_shown)) : "out of memory");
  settings out;
  for (const auto* x = found.get(); x->keyword != nullptr; ++x)
    if (x->val != nullptr)
      out.emplace(x->keyword, x->val);
  return out;
}

/// Rejects a host or port that holds the rest of a password that was split.
expected<void> check(const settings& all) {
  auto of = [&](const char* name) {
    auto found = all.find(name);
    return found == all.end() ? std::string_view{} : std::string_view{found->second};
  };
  if (of("host").find('@') != std::string_view::npos)
    return refuse("the host has an @ in it");
  const auto port = of("port");
  if (!std::all_of(port.begin(), port.end(),
                   [](char c) { return c == ',' || (c >= '0' && c <= '9'); }))
    return refuse("the port is no number");
  return {};
}

/// Seconds; to libpq 0 and less mean that there is no end.
bool allows_more(const std::string& connect_timeout, std::chrono::seconds most) {
  int64_t n = 0;
  const auto* end = connect_timeout.data() + connect_timeout.size();
  const auto read = std::from_chars(connect_timeout.data(), end, n);
  return read.ec != std::errc{} || n <= 0 || n > most.count();
}

expected<settings> settings_of(const std::string& url, const postgres_options& x) {
  auto all = parsed(url);
  if (!all)
    return all.error();
  if (auto checked = check(*all); !checked)
    return checked.error();
  add_default(*all, "connect_timeout", x.connect_timeout.count());
  add_default(*all, "tcp_user_timeout", x.tcp_user_timeout.count());
  // A peer that is gone while it owes an answer is noticed in 5 + 3 * 2 seconds.
  add_default(*all, "keepalives_idle", 5);
  add_default(*all, "keepalives_interval", 2);
  add_default(*all, "keepalives_count", 3);
  return all;
}

std::string text_of(const settings& all) {
  std::string out;
  for (const auto& [name, value] : all) {
    out += out.empty() ? "" : " ";
    out += name + '=';
    append_quoted(out, value);
  }
  return out;
}

} // namespace

expected<std::string> connection_string(const std::string& url, const postgres_options& x) {
  auto all = settings_of(url, x);
  if (!all)
    return all.error();
  return text_of(*all);
}

std::string with_limits(const std::string& url, const postgres_options& x) {
  auto done = connection_string(url, x);
  if (!done)
    throw unusable_url{done.error().detail};
  return std::move(*done);
}

std::string with_short_connect(const std::string& url, const postgres_options& x,
                               std::chrono::seconds most) {
  auto all = settings_of(url, x);
  if (!all)
    throw unusable_url{all.error().detail};
  if (auto& limit = (*all)["connect_timeout"]; allows_more(limit, most))
    limit = std::to_string(most.count());
  return text_of(*all);
}

} // namespace carillon::postgres
