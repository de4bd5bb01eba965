#include "handlers/email/email_runner.hpp"

#include "base/crypto/sha256.hpp"
#include "base/text/mail_address.hpp"
#include "base/text/plain_text.hpp"
#include "base/text/utf8.hpp"
#include "handlers/email/mime/mime.hpp"

namespace carillon {

namespace {

job_outcome done_with(std::string note) {
  return {job_outcome::verdict::done, std::move(note), {}};
}

/// A unique key for each contact. For a group of several companies, the length separates company
/// and user.
std::string key_for(const job& x, const event& what, const recipient& who) {
  auto whose = who.company_id == what.company_id
                 ? std::string{}
                 : "/of/" + std::to_string(who.company_id.size()) + ':' + who.company_id;
  auto out = x.key + whose + "/to/" + who.user_id;
  if (out.size() <= job_limits::key_bytes)
    return out;
  return sha256_hex(x.key) + "/to/" + sha256_hex(whose + '/' + who.user_id);
}

} // namespace

job_outcome email_runner::run(const job& x, std::chrono::steady_clock::time_point deadline) {
  auto payload = parse_payload(x.payload);
  if (!payload)
    return outcome_of(payload.error());
  if (!templates_->has(payload->template_name))
    return job_outcome::hopeless("there is no mail template '" + excerpt(payload->template_name)
                                 + "'");
  auto event = access_.find_event(payload->seq);
  if (!event)
    return outcome_of(event.error());
  const auto& what = **event;
  if (is_for_group(what) && payload->to.empty())
    return send_to_group(x, *payload, what, deadline);
  auto company = payload->to_company;
  // A job of an older version: its contact belongs to the event's company, unless the event has
  // none.
  if (!company && !what.company_id.empty())
    company = what.company_id;
  auto who = recipient_of(what, payload->to.empty() ? what.user_id : payload->to, company, access_);
  // An unavailable store comes back; the content of the event does not change.
  if (!who)
    return who.error().code == ec::invalid_argument ? job_outcome::hopeless(who.error().detail)
                                                    : job_outcome::failed(who.error().detail);
  if (!*who)
    return done_with("there is nobody to write to: no contact with an address that wants it");
  if (options_.rates != nullptr)
    if (auto pause = options_.rates->take(what.company_id, std::chrono::steady_clock::now());
        pause.count() > 0)
      return job_outcome::postponed(pause, "its company has sent as many mails as it may by now; "
                                           "see --mail-company-rate");
  return send_to(x, *payload, what, **who, deadline);
}

job_outcome email_runner::send_to_group(const job& x, const job_payload& payload, const event& what,
                                        std::chrono::steady_clock::time_point deadline) {
  size_t count = 0;
  std::string after;
  do {
    auto page = group_of(what, after, access_);
    if (!page)
      return job_outcome::failed(page.error().detail);
    enqueue_jobs request;
    for (const auto& who : page->recipients)
      request.drafts.push_back({.kind = x.kind,
                                .key = key_for(x, what, who),
                                .payload = payload_for(payload, what, who.user_id, who.company_id),
                                .company_id = x.company_id,
                                .event_seq = x.event_seq,
                                .priority = x.priority});
    if (!request.drafts.empty())
      if (auto added = access_.enqueue(request); !added)
        return job_outcome::failed(added.error().detail);
    count += page->recipients.size();
    after = page->next;
    // Recipients who have a job by then get no second one in the next attempt.
    if (!after.empty() && std::chrono::steady_clock::now() >= deadline)
      return job_outcome::failed("there was no time left for all " + std::to_string(count)
                                 + " people and more");
  } while (!after.empty());
  if (count == 0)
    return done_with("there is nobody to write to: no contact with an address that wants it");
  return done_with("a job for each of " + std::to_string(count) + " people");
}

expected<mail_message> email_runner::message_for(const job& x, const job_payload& payload,
                                                 const event& what, const recipient& who) const {
  mail_message out{.from = options_.from, .to = {who.box}, .date = x.created_at};
  if (what.type == "order.created" && sheets_ != nullptr) {
    auto sheet = sheets_->sheet_of(what);
    // A confirmation is sent without its sheet if the sheet can never be made.
    auto never
      = !sheet && (sheet.error().code == ec::not_found || sheet.error().code == ec::internal);
    if (!sheet && !never)
      return sheet.error();
    if (sheet)
      out.attachments.push_back(
        {sheet->row.file_name, sheet->row.content_type, std::move(sheet->bytes)});
  }
  auto rendered = templates_->render(payload.template_name, {.what = &what,
                                                             .recipient = who.box,
                                                             .attached = !out.attachments.empty(),
                                                             .link_hosts = options_.link_hosts});
  if (!rendered)
    return rendered.error();
  out.subject = std::move(rendered->subject);
  out.text = std::move(rendered->text);
  out.html = std::move(rendered->html);
  out.message_id = "job-" + std::to_string(x.id) + '.' + options_.installation + '@'
                   + std::string{domain_of_address(options_.from.address)};
  // Prevents automatic replies to an automatic mail (RFC 3834).
  out.headers = {{"Auto-Submitted", "auto-generated"},
                 {"X-Carillon-Event", one_line(what.type + ' ' + what.id, 300)}};
  return out;
}

job_outcome email_runner::send_to(const job& x, const job_payload& payload, const event& what,
                                  const recipient& who,
                                  std::chrono::steady_clock::time_point deadline) {
  auto message = message_for(x, payload, what, who);
  if (!message)
    return job_outcome::failed(message.error().detail);
  auto mail = compose(*message);
  if (!mail)
    return outcome_of(mail.error());
  return hand_over(*mail, deadline);
}

job_outcome email_runner::hand_over(const composed_mail& mail,
                                    std::chrono::steady_clock::time_point deadline) {
  if (transport_ == nullptr) {
    auto made = make_();
    if (!made)
      return job_outcome::failed(made.error().detail);
    transport_ = std::move(*made);
  }
  auto result = transport_->send(mail, deadline);
  switch (result.what) {
  case mail_result::verdict::sent:
    return job_outcome::done();
  case mail_result::verdict::permanent:
    return job_outcome::hopeless(std::move(result.text));
  case mail_result::verdict::unavailable:
    return job_outcome::unavailable(std::move(result.text));
  default:
    return job_outcome::failed(std::move(result.text));
  }
}

} // namespace carillon
