#include "messages/evidence/head_text.hpp"

#include <algorithm>
#include <string_view>

namespace carillon {

namespace {

constexpr std::string_view audit_line = "audit ";

} // namespace

checkpoint make_checkpoint(std::string origin, const tree_frontier& tree, const audit_mark& audit,
                           timestamp now) {
  checkpoint out{std::move(origin), tree.size(), tree.root(), {}};
  if (audit.number > 0)
    out.extensions.push_back(std::string{audit_line} + to_text(audit));
  out.extensions.push_back("time " + to_rfc3339(now));
  return out;
}

std::optional<audit_mark> audit_mark_of(const checkpoint& x) {
  for (const auto& line : x.extensions)
    if (line.starts_with(audit_line))
      return audit_mark_from(std::string_view{line}.substr(audit_line.size()));
  return std::nullopt;
}

std::vector<std::string> notes_of(std::string_view text) {
  constexpr std::string_view signature_begin = "\xe2\x80\x94 ";
  std::vector<std::string> out;
  std::string note;
  bool signatures = false;
  while (!text.empty()) {
    const auto line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    text.remove_prefix(line.size());
    const bool is_signature = line.starts_with(signature_begin);
    if (signatures && !is_signature) {
      out.push_back(std::move(note));
      note.clear();
    }
    signatures = is_signature;
    if (!note.empty() || line != "\n")
      note += line;
  }
  if (!note.empty())
    out.push_back(std::move(note));
  return out;
}

} // namespace carillon
