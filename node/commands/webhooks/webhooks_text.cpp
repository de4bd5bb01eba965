#include "node/commands/webhooks/webhooks_text.hpp"

#include "node/commands/support/api_client.hpp"

#include <iomanip>
#include <sstream>

namespace carillon::commands {

namespace {

const rapidjson::Value* find(const rapidjson::Value& object, const char* name) {
  auto i = object.FindMember(name);
  return i == object.MemberEnd() || i->value.IsNull() ? nullptr : &i->value;
}

bool is_true(const rapidjson::Value& object, const char* name) {
  const auto* x = find(object, name);
  return x != nullptr && x->IsBool() && x->GetBool();
}

/// A number in its shortest exact form, `-` if there is none.
std::string figure(const rapidjson::Value& object, const char* name) {
  const auto* x = find(object, name);
  return x != nullptr && x->IsNumber() ? to_text(*x) : "-";
}

/// The elements of an array, with `unit` after each.
std::string listed(const rapidjson::Value& object, const char* name, const std::string& unit,
                   const std::string& none) {
  const auto* xs = find(object, name);
  std::string out;
  if (xs != nullptr && xs->IsArray())
    for (const auto& x : xs->GetArray())
      out += (out.empty() ? "" : ", ")
             + (x.IsString() ? printable({x.GetString(), x.GetStringLength()}) : to_text(x)) + unit;
  return out.empty() ? none : out;
}

std::string state_of(const rapidjson::Value& x) {
  if (!is_true(x, "enabled"))
    return "disabled: " + shown_member(x, "disabledReason");
  auto since = text_member(x, "failingSince");
  return since.empty() ? "enabled" : "failing since " + printable(since);
}

std::string headers_of(const rapidjson::Value& x) {
  const auto* headers = find(x, "headers");
  std::string out;
  if (headers != nullptr && headers->IsObject())
    for (const auto& header : headers->GetObject())
      out += (out.empty() ? "" : ", ")
             + printable({header.name.GetString(), header.name.GetStringLength()});
  return out.empty() ? "none" : out + " (values are not shown)";
}

std::string rate_of(const rapidjson::Value& x) {
  const auto* rate = find(x, "ratePerSecond");
  if (rate == nullptr || !rate->IsNumber() || rate->GetDouble() <= 0.0)
    return "no limit";
  return to_text(*rate) + " per second";
}

std::string secrets_of(const rapidjson::Value& x) {
  const auto* secrets = find(x, "secrets");
  std::string out;
  if (secrets != nullptr && secrets->IsArray())
    for (const auto& secret : secrets->GetArray()) {
      if (!secret.IsObject())
        continue;
      auto end = text_member(secret, "expiresAt");
      out += (out.empty() ? "" : "; ") + ("made " + shown_member(secret, "createdAt"))
             + (end.empty() ? "" : ", signs until " + printable(end));
    }
  return out;
}

void add_line(std::ostringstream& out, const std::string& name, const std::string& text) {
  constexpr int name_width = 14;
  if (!text.empty())
    out << "  " << std::left << std::setw(name_width) << name << text << '\n';
}

void add_status(std::ostringstream& out, const rapidjson::Value& x) {
  add_line(out, "cursor",
           figure(x, "cursor") + ", " + figure(x, "lag") + " events behind ("
             + figure(x, "lagSeconds") + " s), " + (is_true(x, "running") ? "at work" : "at rest"));
  add_line(out, "deliveries",
           figure(x, "inFlight") + " in flight, " + figure(x, "retrying") + " wait for a retry, "
             + figure(x, "deadLetters") + " given up");
  add_line(out, "last error", printable(text_member(x, "lastError")));
}

std::string row(const std::string& id, const std::string& company, const std::string& state,
                const std::string& types, const std::string& url) {
  std::ostringstream out;
  out << std::left << std::setw(6) << id << ' ' << std::setw(20) << company << ' ' << std::setw(20)
      << state << ' ' << std::setw(24) << types << ' ' << url << '\n';
  return out.str();
}

} // namespace

std::string webhook_row() {
  return row("id", "company", "state", "types", "url");
}

std::string webhook_row(const rapidjson::Value& webhook) {
  auto state = state_of(webhook);
  if (state.starts_with("failing"))
    state = "failing";
  return row(std::to_string(number_member(webhook, "id")), shown_member(webhook, "companyId"),
             state, listed(webhook, "types", "", "*"), shown_member(webhook, "url"));
}

std::string webhook_text(const rapidjson::Value& webhook) {
  std::ostringstream out;
  out << "webhook " << number_member(webhook, "id") << '\n';
  auto company = text_member(webhook, "companyId");
  add_line(out, "url", shown_member(webhook, "url"));
  add_line(out, "company", company.empty() ? "every" : printable(company));
  add_line(out, "types", listed(webhook, "types", "", "every"));
  add_line(out, "state", state_of(webhook));
  add_line(out, "attempts",
           is_true(webhook, "ordered") ? "one at a time, in the order of the log"
                                       : figure(webhook, "maxInFlight") + " at a time");
  add_line(out, "rate", rate_of(webhook));
  add_line(out, "retries after", listed(webhook, "retrySchedule", " s", "none"));
  add_line(out, "headers", headers_of(webhook));
  add_line(out, "targets",
           is_true(webhook, "privateTargets") ? "public, and private ones that the node allows"
                                              : "public");
  add_line(out, "description", printable(text_member(webhook, "description")));
  add_line(out, "created", shown_member(webhook, "createdAt"));
  add_line(out, "changed", shown_member(webhook, "updatedAt"));
  add_line(out, "secrets", secrets_of(webhook));
  add_line(out, "public key", printable(text_member(webhook, "publicKey")));
  if (const auto* status = find(webhook, "status"); status != nullptr && status->IsObject())
    add_status(out, *status);
  return out.str();
}

} // namespace carillon::commands
