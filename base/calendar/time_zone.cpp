#include "base/calendar/time_zone.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

namespace carillon {

using namespace std::chrono;

namespace {

constexpr const char* zone_directory = "/usr/share/zoneinfo/";
constexpr size_t most_zone_bytes = 64UL * 1024;
/// There are about 600 names.
constexpr size_t most_zones = 1'000;

constexpr sys_seconds begin_of_time{sys_days{year{-9999} / 1 / 1}};
constexpr sys_seconds end_of_time{sys_days{year{9999} / 12 / 31}};

failure broken_zone(const std::string& name) {
  return {ec::internal, "the time zone '" + name + "' cannot be read from tzdata", "timeZone"};
}

failure no_zone(std::string_view name) {
  return {ec::invalid_argument,
          "'" + std::string{name.substr(0, 64)}
            + "' is no time zone of the IANA database, such as Europe/Berlin or UTC",
          "timeZone"};
}

/// Of a file's path: no dots, so that it stays in its folder.
bool is_zone_name(std::string_view x) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
           || c == '-' || c == '+' || c == '/';
  };
  return !x.empty() && x.size() <= 64 && x.front() >= 'A' && x.front() <= 'Z' && x.back() != '/'
         && std::all_of(x.begin(), x.end(), allowed);
}

/// Reads numbers in network order; `good` is false once the bytes have ended too soon.
struct byte_reader {
  std::string_view rest;
  bool good = true;

  uint64_t number(size_t bytes) noexcept {
    if (rest.size() < bytes)
      good = false;
    if (!good)
      return 0;
    uint64_t out = 0;
    for (size_t i = 0; i < bytes; ++i)
      out = out << 8 | static_cast<unsigned char>(rest[i]);
    rest.remove_prefix(bytes);
    return out;
  }

  void skip(uint64_t bytes) noexcept {
    if (rest.size() < bytes)
      good = false;
    else
      rest.remove_prefix(static_cast<size_t>(bytes));
  }
};

/// Counts of a block of the file.
struct zone_header {
  uint64_t utc_flags = 0;
  uint64_t wall_flags = 0;
  uint64_t leaps = 0;
  uint64_t changes = 0;
  uint64_t types = 0;
  uint64_t name_bytes = 0;
};

std::optional<zone_header> read_header(byte_reader& in) {
  if (!in.rest.starts_with("TZif") || in.rest.size() < 44 || in.rest[4] < '2')
    return std::nullopt;
  in.skip(20);
  zone_header out;
  for (auto* x :
       {&out.utc_flags, &out.wall_flags, &out.leaps, &out.changes, &out.types, &out.name_bytes})
    *x = in.number(4);
  // A zone has had a few hundred changes at most.
  return in.good && out.changes <= 10'000 && out.types >= 1 && out.types <= 256 ? std::optional{out}
                                                                                : std::nullopt;
}

uint64_t block_bytes(const zone_header& x, uint64_t time_bytes) {
  return x.changes * (time_bytes + 1) + x.types * 6 + x.name_bytes + x.leaps * (time_bytes + 4)
         + x.wall_flags + x.utc_flags;
}

expected<time_zone_ptr> read_zone(const std::string& name) {
  std::ifstream file{zone_directory + name, std::ios::binary};
  if (!file)
    return no_zone(name);
  std::string bytes(most_zone_bytes, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  // A folder, as America, or one of the texts that lie among the zones.
  if (!bytes.starts_with("TZif"))
    return no_zone(name);
  return time_zone::from_file(name, bytes);
}

} // namespace

expected<time_zone_ptr> time_zone::from_file(std::string name, std::string_view bytes) {
  byte_reader in{bytes};
  const auto old = read_header(in);
  if (!old)
    return broken_zone(name);
  in.skip(block_bytes(*old, 4));
  const auto head = read_header(in);
  if (!head || block_bytes(*head, 8) > in.rest.size())
    return broken_zone(name);
  auto out = std::make_shared<time_zone>();
  for (uint64_t i = 0; i < head->changes; ++i)
    out->changes_.push_back({sys_seconds{seconds{static_cast<int64_t>(in.number(8))}}, {}});
  std::vector<uint64_t> type_of;
  for (uint64_t i = 0; i < head->changes; ++i)
    type_of.push_back(in.number(1));
  std::vector<seconds> offsets;
  for (uint64_t i = 0; i < head->types; ++i) {
    offsets.emplace_back(static_cast<int32_t>(static_cast<uint32_t>(in.number(4))));
    in.skip(2);
  }
  for (size_t i = 0; i < type_of.size(); ++i) {
    if (type_of[i] >= offsets.size() || (i > 0 && out->changes_[i].at <= out->changes_[i - 1].at))
      return broken_zone(name);
    out->changes_[i].offset = offsets[type_of[i]];
  }
  out->first_offset_ = offsets.front();
  in.skip(head->name_bytes + head->leaps * 12 + head->wall_flags + head->utc_flags);
  if (!in.good || in.rest.size() < 2 || in.rest.front() != '\n' || in.rest.back() != '\n')
    return broken_zone(name);
  const auto rule = in.rest.substr(1, in.rest.size() - 2);
  if (!rule.empty()) {
    out->rule_ = zone_rule::parse(rule);
    if (!out->rule_)
      return broken_zone(name);
  }
  out->name_ = std::move(name);
  return time_zone_ptr{std::move(out)};
}

expected<time_zone_ptr> time_zone::find(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, time_zone_ptr, std::less<>> known;
  if (!is_zone_name(name))
    return no_zone(name);
  const std::lock_guard lock{mutex};
  if (const auto at = known.find(name); at != known.end())
    return at->second;
  time_zone_ptr out;
  if (name == "UTC") {
    auto made = std::make_shared<time_zone>();
    made->name_ = name;
    out = std::move(made);
  } else {
    auto read = read_zone(std::string{name});
    if (!read)
      return read.error();
    out = std::move(*read);
  }
  if (known.size() < most_zones)
    known.emplace(name, out);
  return out;
}

zone_span time_zone::at(sys_seconds x) const {
  const auto next = std::upper_bound(changes_.begin(), changes_.end(), x,
                                     [](sys_seconds t, const zone_change& y) { return t < y.at; });
  const auto offset = next == changes_.begin() ? first_offset_ : std::prev(next)->offset;
  const auto begin = next == changes_.begin() ? begin_of_time : std::prev(next)->at;
  if (next != changes_.end())
    return {begin, next->at, offset};
  return by_rule(x, begin, offset);
}

/// @param from the last change of the file
/// @param offset from then on, until the rule's first change
zone_span time_zone::by_rule(sys_seconds x, sys_seconds from, seconds offset) const {
  zone_span out{from, end_of_time, rule_ && changes_.empty() ? rule_->standard() : offset};
  if (!rule_)
    return out;
  const auto y = year_month_day{floor<days>(x)}.year();
  for (auto of = y - years{1}; of <= y + years{1}; of += years{1})
    for (const auto& change : rule_->changes_in(of)) {
      if (change.at <= from)
        continue;
      if (change.at > x) {
        out.end = change.at;
        return out;
      }
      out.begin = change.at;
      out.offset = change.offset;
    }
  return out;
}

local_moment time_zone::resolve(local_seconds x) const {
  // No zone is further from UTC than this.
  constexpr hours most_offset{26};
  const auto as_utc = sys_seconds{x.time_since_epoch()};
  local_moment out{local_moment::kind::never, {}};
  bool found = false;
  for (auto span = at(as_utc - most_offset); span.begin <= as_utc + most_offset;
       span = at(span.end)) {
    const auto candidate = as_utc - span.offset;
    if (candidate >= span.begin && candidate < span.end) {
      out.is = found ? local_moment::kind::twice : local_moment::kind::once;
      if (!found)
        out.at = candidate;
      found = true;
    } else if (!found && candidate < span.begin && out.at == sys_seconds{}) {
      // Passed over by the change that began this span.
      out.at = span.begin;
    }
    if (span.end >= end_of_time)
      break;
  }
  return out;
}

} // namespace carillon
