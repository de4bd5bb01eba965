#include "persistence/backup/backup_manifest.hpp"

#include "base/crypto/sha256.hpp"
#include "base/file/durable_file.hpp"
#include "base/json/strict_json.hpp"
#include "base/json/writer.hpp"

#include <algorithm>

namespace carillon {

namespace {

constexpr uint64_t manifest_format = 1;

/// Some 200 bytes a file: a million files.
constexpr size_t most_manifest_bytes = 256UL * 1024 * 1024;

constexpr size_t manifest_depth = 4;

failure damaged_manifest() {
  return {ec::store_corrupt, "it is damaged", {}};
}

/// `log/x.seg`: names of letters, digits, `-`, `_` and `.`, none of which begins with a dot.
bool is_inner_path(std::string_view x) noexcept {
  char before = '/';
  for (const char c : x) {
    const bool is_name = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                         || c == '-' || c == '_';
    if (!is_name && (before == '/' || (c != '.' && c != '/')))
      return false;
    before = c;
  }
  return before != '/';
}

uint64_t number_of(const rapidjson::Value& x, const char* name) {
  const auto* found = find_member(x, name);
  return found != nullptr && found->IsUint64() ? found->GetUint64() : 0;
}

std::string text_of(const rapidjson::Value& x, const char* name) {
  return std::string{find_text(x, name).value_or(std::string_view{})};
}

std::string line_of(const backup_file& x) {
  return json_writer{}
    .begin_object()
    .member("path", x.path)
    .member("at", x.at)
    .member("bytes", x.content.bytes)
    .member("sha256", x.content.sha256)
    .end_object()
    .take();
}

std::string head_line_of(const backup_manifest& x) {
  json_writer out;
  out.begin_object()
    .member("format", manifest_format)
    .member("run", x.run)
    .member("madeAt", x.made_at)
    .member("head", x.head)
    .member("history", x.histories.current)
    .begin_array("formerHistories");
  for (const auto& h : x.histories.former)
    out.raw(json_writer{}
              .begin_object()
              .member("history", h.id)
              .member("last", h.last)
              .end_object()
              .take());
  return out.end_array().member("files", static_cast<uint64_t>(x.files.size())).end_object().take();
}

expected<backup_manifest> head_from(std::string_view line, uint64_t& files) {
  const auto parsed = parse_strict_object(line, manifest_depth);
  if (!parsed)
    return damaged_manifest();
  if (const auto format = number_of(*parsed, "format"); format != manifest_format)
    return failure{ec::store_too_new,
                   "it has format " + std::to_string(format) + ", this version reads "
                     + std::to_string(manifest_format),
                   {}};
  backup_manifest out;
  out.run = number_of(*parsed, "run");
  out.made_at = from_rfc3339(text_of(*parsed, "madeAt")).value_or(timestamp{});
  out.head = number_of(*parsed, "head");
  out.histories.current = text_of(*parsed, "history");
  files = number_of(*parsed, "files");
  const auto* former = find_member(*parsed, "formerHistories");
  if (former == nullptr || !former->IsArray() || !is_history(out.histories.current))
    return damaged_manifest();
  for (const auto& x : former->GetArray()) {
    if (!x.IsObject() || !is_history(text_of(x, "history")))
      return damaged_manifest();
    out.histories.former.push_back({text_of(x, "history"), number_of(x, "last")});
  }
  return out;
}

expected<backup_file> file_from(std::string_view line) {
  const auto parsed = parse_strict_object(line, manifest_depth);
  if (!parsed)
    return damaged_manifest();
  backup_file out{.path = text_of(*parsed, "path"),
                  .at = text_of(*parsed, "at"),
                  .content = {number_of(*parsed, "bytes"), text_of(*parsed, "sha256")}};
  if (!is_inner_path(out.path) || !is_inner_path(out.at))
    return damaged_manifest();
  return out;
}

/// Takes a line without its end; empty if there is none.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto out = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return out;
}

std::string last_line_of(std::string_view lines) {
  return json_writer{}.begin_object().member("sha256", sha256_hex(lines)).end_object().take()
         + '\n';
}

} // namespace

const backup_file* backup_manifest::find(std::string_view path) const noexcept {
  const auto found = std::lower_bound(files.begin(), files.end(), path,
                                      [](const auto& x, auto p) { return x.path < p; });
  return found == files.end() || found->path != path ? nullptr : &*found;
}

uint64_t backup_manifest::bytes() const noexcept {
  uint64_t out = 0;
  for (const auto& x : files)
    out += x.content.bytes;
  return out;
}

std::string to_text(const backup_manifest& x) {
  auto out = head_line_of(x) + '\n';
  for (const auto& file : x.files)
    out += line_of(file) + '\n';
  return out + last_line_of(out);
}

expected<backup_manifest> manifest_from(std::string_view text) {
  // First that nothing was changed, then what it says.
  const auto before = text.substr(0, text.empty() ? 0 : text.size() - 1).rfind('\n');
  if (before == std::string_view::npos
      || text.substr(before + 1) != last_line_of(text.substr(0, before + 1)))
    return damaged_manifest();
  auto rest = text.substr(0, before + 1);
  uint64_t files = 0;
  auto out = head_from(take_line(rest), files);
  if (!out)
    return out;
  while (!rest.empty()) {
    auto file = file_from(take_line(rest));
    if (!file)
      return file.error();
    if (!out->files.empty() && out->files.back().path >= file->path)
      return damaged_manifest();
    out->files.push_back(std::move(*file));
  }
  if (out->files.size() != files)
    return damaged_manifest();
  return out;
}

expected<backup_manifest> read_manifest(const std::filesystem::path& backup) {
  const auto path = (backup / backup_manifest::file_name).string();
  const auto text = read_whole(path, most_manifest_bytes);
  if (!text && text.error().code == ec::not_found)
    return failure{ec::not_found,
                   backup.string()
                     + " is not a backup, or one that did not get finished: it has no "
                     + backup_manifest::file_name,
                   {}};
  if (!text)
    return text.error();
  auto out = manifest_from(*text);
  if (!out)
    return failure{out.error().code, path + ": " + out.error().detail, {}};
  return out;
}

} // namespace carillon
