#include "handlers/notification/notification_handler.hpp"

#include "base/text/utf8.hpp"
#include "handlers/notification/notices.hpp"
#include "messages/contacts/notification.hpp"

namespace carillon {

namespace {

constexpr const char* admin_role = "admin";

notification_draft draft_of(const event& x, const std::string& subject, notice said) {
  return {.key = "notification/" + subject,
          .kind = x.type,
          .event_seq = x.seq,
          .user_id = {},
          .company_id = x.company_id,
          .role = {},
          .title = excerpt(said.title, notification_limits::title_bytes),
          .body = excerpt(said.body, notification_limits::body_bytes),
          .link = std::move(said.link)};
}

} // namespace

void notification_handler::handle(const event& x, effects& out) {
  notify(x, {}, out);
}

void notification_handler::replay(const event& x, uint64_t replay_id, effects& out) {
  notify(x, "/replay-" + std::to_string(replay_id), out);
}

void notification_handler::notify(const event& x, const std::string& suffix, effects& out) {
  const auto* rule = find_notice(x.type);
  if (rule == nullptr || !may_be_announced(x))
    return;
  event_text text{x};
  auto subject = rule->subject != nullptr ? rule->subject(text) : std::string{};
  if (subject.empty())
    subject = std::to_string(x.seq);
  subject += suffix;
  // The user first: a user who is also an admin gets only the user's notice, since a key makes one
  // notification per recipient.
  if (rule->for_user != nullptr && !x.user_id.empty()) {
    auto draft = draft_of(x, subject, rule->for_user(text));
    draft.user_id = x.user_id;
    out.add(std::move(draft));
  }
  // An event without a company has no admins.
  if (rule->for_admins != nullptr && !x.company_id.empty()) {
    auto draft = draft_of(x, subject, rule->for_admins(text));
    draft.role = admin_role;
    out.add(std::move(draft));
  }
  if (rule->for_all != nullptr)
    out.add(draft_of(x, subject, rule->for_all(text)));
}

} // namespace carillon
