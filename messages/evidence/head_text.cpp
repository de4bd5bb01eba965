#include "messages/evidence/head_text.hpp"

#include "base/merkle/signed_note.hpp"

#include <algorithm>
#include <string_view>

namespace carillon {

namespace {

constexpr std::string_view audit_line = "audit ";
constexpr std::string_view signature_begin = "\xe2\x80\x94 ";
/// A shorter one was cut. That of Ed25519 has so many; others have more.
constexpr size_t least_signature_bytes = 64;

bool is_whole(std::string_view text) {
  const auto note = parse_note(text);
  return note && checkpoint::parse(note->text)
         && std::all_of(note->signatures.begin(), note->signatures.end(),
                        [](const auto& x) { return x.signature.size() >= least_signature_bytes; });
}

/// Takes lines, and puts paragraphs together: one of text, an empty line, and one of signatures are
/// a note. A checkpoint has no empty line.
class note_splitter {
public:
  /// @param line with its line end, if it has one
  void add(std::string_view line) {
    const bool is_signature = line.starts_with(signature_begin);
    if (line == "\n") {
      // The end of a text; behind signatures, that of a note.
      if (signatures_.empty())
        ended_ = !text_.empty();
      else
        end_note();
    } else if (is_signature) {
      signatures_ += line;
    } else {
      if (!signatures_.empty() || ended_)
        end_note();
      text_ += line;
    }
  }

  kept_notes finish() {
    end_note();
    return std::move(out_);
  }

private:
  void end_note() {
    auto note = text_ + (ended_ ? "\n" : "") + signatures_;
    if (is_whole(note))
      out_.notes.push_back(std::move(note));
    else if (!note.empty())
      ++out_.cut;
    text_.clear();
    signatures_.clear();
    ended_ = false;
  }

  kept_notes out_;
  std::string text_;
  std::string signatures_;
  bool ended_ = false;
};

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

kept_notes notes_of(std::string_view text) {
  note_splitter out;
  while (!text.empty()) {
    const auto line = text.substr(0, std::min(text.find('\n'), text.size() - 1) + 1);
    text.remove_prefix(line.size());
    out.add(line);
  }
  return out.finish();
}

} // namespace carillon
