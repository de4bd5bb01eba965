#pragma once

#include "base/failure.hpp"
#include "handlers/email/mail_message.hpp"
#include "messages/events/event.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A mail's texts.
struct rendered_mail {
  /// One line.
  std::string subject;
  std::string text;
  std::string html;
};

/// Input of a template.
struct template_input {
  const event* what = nullptr;
  mailbox recipient;
  /// The order sheet is attached.
  bool attached = false;
  /// Hosts that the event's texts may link to; see `without_links`.
  std::vector<std::string> link_hosts = {};
};

/// The templates of mails: Mustache, three files per kind: `<kind>.subject.mustache`,
/// `<kind>.text.mustache`, `<kind>.html.mustache`. Built-in ones may be replaced by files of a
/// directory.
///
/// A template sees the members of the event's `data`, amounts and times as texts, and besides
/// `recipient.name`, `recipient.address`, `event.type`, `event.id`, `event.seq`, `event.time`,
/// `companyId`, `userId`, `attached`, `items` (each `name`, `sku`, `quantity`, `price`, `total`; at
/// most 200), `moreItems` and `itemCount`. Missing members are empty. HTML is always escaped.
/// Members whose name ends with `Id`, and `event.id`, are formatted by `id_text`, so that a reader
/// does not mistake a long text for ours. Links in texts of the event are removed except to
/// `link_hosts`.
///
/// Immutable; any thread.
class template_set {
public:
  /// @param directory directory of custom files; empty = none
  /// Errors: `invalid_argument` with the file and the place of a fault in it, or for a file that
  /// replaces no built-in one; `not_found`, `store_unavailable`, `too_large` (64 KiB) for the
  /// directory or a file.
  static expected<std::shared_ptr<const template_set>> load(const std::string& directory);

  bool has(std::string_view kind) const;

  /// Errors: `not_found` (kind), `internal`. Never throws.
  expected<rendered_mail> render(std::string_view kind, const template_input& x) const;

private:
  template_set() = default;

  /// By file name.
  std::map<std::string, std::string, std::less<>> texts_;
};

} // namespace carillon
