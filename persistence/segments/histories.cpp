#include "persistence/segments/histories.hpp"

#include "base/text/number.hpp"
#include "persistence/segments/faults.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

namespace carillon::segments {

namespace {

constexpr const char* new_histories_name = "histories.tmp";

/// More than a thousand histories have.
constexpr size_t most_bytes = 64UL * 1024;

/// Those of the file.
std::vector<former_history> written_histories(file_layer& files) {
  std::unique_ptr<file> from;
  if (files.open(histories_name, file_layer::mode::read, from) != 0)
    return {};
  std::string text(most_bytes, '\0');
  const auto n = read_all(*from, 0, text);
  text.resize(n > 0 ? static_cast<size_t>(n) : 0);
  std::vector<former_history> out;
  for (size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = std::string_view{text}.substr(at, end - at);
    const auto blank = line.find(' ');
    at = end + 1;
    if (blank == std::string_view::npos || !is_history(line.substr(0, blank)))
      continue;
    if (const auto last = number_from(line.substr(blank + 1)))
      out.push_back({std::string{line.substr(0, blank)}, *last});
  }
  return out;
}

bool has(const std::vector<former_history>& all, const std::string& id) {
  return std::any_of(all.begin(), all.end(), [&](const auto& x) { return x.id == id; });
}

} // namespace

log_histories histories_of(file_layer& files, const segment_list& log) {
  log_histories out;
  position began_after = 0;
  for (const auto& x : *log.all()) {
    const auto& header = x->header();
    if (out.current != header.history)
      began_after = header.first - 1;
    if (!out.current.empty() && out.current != header.history)
      out.former.push_back({out.current, began_after});
    out.current = header.history;
  }
  // A repair may have cut the log before the place where an earlier history was left.
  for (auto& x : written_histories(files))
    if (x.id != out.current && !has(out.former, x.id))
      out.former.push_back({std::move(x.id), std::min(x.last, began_after)});
  std::stable_sort(out.former.begin(), out.former.end(),
                   [](const auto& x, const auto& y) { return x.last < y.last; });
  return out;
}

expected<void> write_histories(file_layer& files, const std::vector<former_history>& former) {
  std::string text;
  for (const auto& x : former)
    text += x.id + ' ' + std::to_string(x.last) + '\n';
  files.remove(new_histories_name);
  std::unique_ptr<file> to;
  int error = files.open(new_histories_name, file_layer::mode::create, to);
  if (error == 0)
    error = write_all(*to, 0, text);
  if (error == 0)
    error = to->sync();
  if (error == 0)
    error = files.rename(new_histories_name, histories_name);
  if (error == 0)
    error = files.sync_directory();
  return error == 0 ? expected<void>{} : disk_failure(error, files.path_of(histories_name));
}

} // namespace carillon::segments
