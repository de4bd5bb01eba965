#include "persistence/evidence/signed_past.hpp"

#include "base/file/durable_file.hpp"
#include "base/json/object_reader.hpp"
#include "base/json/strict_json.hpp"
#include "messages/evidence/event_proof.hpp"
#include "persistence/state/operators/audit_chain.hpp"

#include <filesystem>
#include <system_error>

namespace carillon {

namespace {

/// More than a note of ours has.
constexpr size_t most_head_bytes = 16UL * 1024;

failure bad_head_file(const std::string& path) {
  return {ec::store_corrupt,
          "the file " + path
            + ", with the checkpoint that was signed last, is damaged: put back that of a copy, or "
              "run `carillon audit reseal --evidence-head-file "
            + path + "`",
          {}};
}

/// The newest row of an action.
expected<std::optional<audit_row>> newest_row(audit_store& audit, const char* action) {
  list_audit request;
  request.page.limit = 1;
  request.page.name = action;
  auto page = audit.list(request);
  if (!page)
    return page.error();
  if (page->items.empty())
    return std::optional<audit_row>{};
  return std::optional{std::move(page->items.front())};
}

std::optional<past_head> head_in(const audit_row& row) {
  const auto detail = parse_object(row.entry.detail);
  if (!detail)
    return std::nullopt;
  const auto* size = find_member(*detail, "size");
  const auto root = find_text(*detail, "root");
  const auto hash = root ? digest_from_hex(*root) : std::nullopt;
  if (size == nullptr || !size->IsUint64() || !hash)
    return std::nullopt;
  return past_head{size->GetUint64(), *hash,
                   "row " + std::to_string(row.number) + " of the audit log"};
}

} // namespace

expected<std::optional<past_head>> head_file::read() const {
  const auto text = read_whole(path_, most_head_bytes);
  if (!text && text.error().code == ec::not_found)
    return std::optional<past_head>{};
  if (!text)
    return text.error().code == ec::too_large ? bad_head_file(path_) : text.error();
  const auto head = checkpoint_of(*text);
  if (!head)
    return bad_head_file(path_);
  return std::optional{past_head{head->size, head->root, "the file " + path_, path_}};
}

expected<void> head_file::write(std::string_view note) const {
  const std::filesystem::path path{path_};
  const auto directory = path.parent_path();
  return write_durably(directory.empty() ? "." : directory.string(), path.filename().string(),
                       note);
}

expected<void> head_file::remove() const {
  std::error_code error;
  std::filesystem::remove(path_, error);
  if (error)
    return failure{
      ec::store_unavailable, "cannot remove the file " + path_ + ": " + error.message(), {}};
  return {};
}

expected<std::optional<recorded_head>> recorded_head_of(audit_store& audit) {
  const auto found = newest_row(audit, evidence_store::signed_action);
  const auto restarted = newest_row(audit, evidence_store::restarted_action);
  if (!found || !restarted)
    return !found ? found.error() : restarted.error();
  if (!*found || (*restarted && (*restarted)->number > (*found)->number))
    return std::optional<recorded_head>{};
  auto head = head_in(**found);
  if (!head)
    return failure{ec::store_corrupt,
                   "row " + std::to_string((*found)->number)
                     + " of the audit log does not tell a signed checkpoint, as it has to; "
                       "`carillon audit verify` says more",
                   {}};
  return std::optional{recorded_head{std::move(*head), (*found)->entry.time}};
}

expected<signed_past> read_signed_past(state_store& state, const head_file& file,
                                       const std::optional<note_key>& key) {
  signed_past out;
  auto kept = file.read();
  if (!kept)
    return kept.error();
  if (*kept)
    out.heads.push_back(std::move(**kept));
  auto recorded = recorded_head_of(state.audit());
  if (!recorded)
    return recorded.error();
  if (*recorded) {
    out.heads.push_back(std::move((*recorded)->head));
    out.recorded = (*recorded)->time;
  }
  if (!key)
    return out;
  const auto stored = state.evidence().signed_by_node();
  if (!stored)
    return stored.error();
  // One that another key signed proves nothing here; `audit verify` judges it.
  if (!stored->head.note.empty())
    if (const auto head = checkpoint_of(stored->head.note, *key))
      out.heads.push_back({head->size, head->root, "the newest stored checkpoint"});
  return out;
}

} // namespace carillon
