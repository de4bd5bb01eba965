#include "node/commands/webhooks/webhooks_history.hpp"

#include "node/commands/support/api_client.hpp"
#include "node/commands/support/printable.hpp"

#include <array>
#include <iomanip>
#include <sstream>
#include <utility>

namespace carillon::commands {

namespace {

/// Bytes of a receiver's answer that are shown; the rest is in the JSON.
constexpr size_t max_shown_body = 1'000;

/// Result of the last attempt: its status or its fault.
std::string result_of(const rapidjson::Value& delivery) {
  auto fault = text_member(delivery, "lastFault");
  auto status = number_member(delivery, "lastStatus");
  if (!fault.empty())
    return printable(fault);
  return status == 0 ? "-" : std::to_string(status);
}

std::string row(const std::array<std::string, 7>& cells) {
  constexpr std::array<int, 6> widths{14, 10, 8, 16, 28, 24};
  std::ostringstream out;
  for (size_t i = 0; i < widths.size(); ++i)
    out << std::left << std::setw(widths.at(i)) << cells.at(i) << ' ';
  out << cells.back() << '\n';
  return out.str();
}

std::string milliseconds_text(double x) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(x < 100.0 ? 1 : 0) << x << " ms";
  return out.str();
}

/// End times of the phases; phases that were not reached are left out.
std::string phases_text(const rapidjson::Value& attempt) {
  auto i = attempt.FindMember("phases");
  if (i == attempt.MemberEnd() || !i->value.IsObject())
    return {};
  const auto& phases = i->value;
  auto ended = [&](const char* name) {
    auto x = phases.FindMember(name);
    return x != phases.MemberEnd() && x->value.IsNumber() ? x->value.GetDouble() : -1.0;
  };
  std::string out;
  auto add = [&](const char* what, double at) {
    if (at > 0.0)
      out += (out.empty() ? "" : ", ") + (what + (" " + milliseconds_text(at)));
  };
  add("name resolved after", ended("dnsMs"));
  if (ended("connectMs") == 0.0)
    out = "over a connection that was open";
  add("connected after", ended("connectMs"));
  add("TLS after", ended("tlsMs"));
  add("first byte after", ended("firstByteMs"));
  add("end after", ended("totalMs"));
  return out;
}

std::string text_of_outcome(const rapidjson::Value& attempt) {
  auto status = number_member(attempt, "status");
  auto error = text_member(attempt, "error");
  auto out = shown_member(attempt, "outcome");
  if (status != 0)
    out += ", HTTP " + std::to_string(status);
  if (!error.empty())
    out += ": " + printable(error);
  return out;
}

/// The beginning of the answer's body, line by line.
std::string body_text(const rapidjson::Value& attempt) {
  auto body = text_member(attempt, "responseBody");
  auto whole = body.size();
  if (whole > max_shown_body) {
    // At the boundary of a character.
    auto end = max_shown_body;
    while (end > 0 && (static_cast<unsigned char>(body[end]) & 0xc0U) == 0x80U)
      --end;
    body.resize(end);
  }
  std::istringstream in{body};
  std::string out;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r'))
      line.pop_back();
    out += "    | " + printable(line) + '\n';
  }
  if (whole > max_shown_body)
    out += "    (" + std::to_string(whole) + " bytes, --json has them)\n";
  return out;
}

} // namespace

std::string delivery_row() {
  return row({"id", "state", "attempts", "last", "changed", "type", "event"});
}

std::string delivery_row(const rapidjson::Value& delivery) {
  return row({shown_member(delivery, "id"), shown_member(delivery, "state"),
              std::to_string(number_member(delivery, "attempts")), result_of(delivery),
              shown_member(delivery, "updatedAt"), shown_member(delivery, "eventType"),
              shown_member(delivery, "eventId")});
}

std::string attempt_text(const rapidjson::Value& attempt) {
  std::string out = "  " + shown_member(attempt, "at") + "  POST " + shown_member(attempt, "url");
  if (auto address = text_member(attempt, "remoteAddress"); !address.empty())
    out += " at " + printable(address);
  out += "\n    " + text_of_outcome(attempt) + '\n';
  if (auto phases = phases_text(attempt); !phases.empty())
    out += "    " + phases + '\n';
  out += body_text(attempt);
  auto next = text_member(attempt, "nextAttemptAt");
  auto reason = text_member(attempt, "nextReason");
  if (!next.empty())
    out += "    next attempt " + printable(next) + (reason.empty() ? "" : ": ") + printable(reason)
           + '\n';
  else if (!reason.empty())
    out += "    " + printable(reason) + '\n';
  return out;
}

std::string history_text(const rapidjson::Value& delivery) {
  std::ostringstream out;
  auto made = number_member(delivery, "attempts");
  auto list = delivery.FindMember("attempts");
  const bool told = list != delivery.MemberEnd() && list->value.IsArray();
  if (told)
    made = list->value.Size();
  out << "delivery " << shown_member(delivery, "id") << ": " << shown_member(delivery, "state")
      << " after " << made << (made == 1 ? " attempt" : " attempts") << "\n  event   "
      << number_member(delivery, "seq") << ", " << shown_member(delivery, "eventType") << ", id "
      << shown_member(delivery, "eventId");
  if (auto company = text_member(delivery, "companyId"); !company.empty())
    out << ", of " << printable(company);
  out << "\n  webhook " << number_member(delivery, "webhookId");
  if (auto replay = number_member(delivery, "replayId"); replay != 0)
    out << ", by replay " << replay;
  out << '\n';
  std::string told_next;
  if (told)
    for (const auto& x : list->value.GetArray())
      if (x.IsObject()) {
        out << "\nattempt " << number_member(x, "number") << " (" << shown_member(x, "trigger")
            << ")\n"
            << attempt_text(x);
        told_next = text_member(x, "nextAttemptAt");
      }
  // The last attempt has the time of the next one, unless it was changed since.
  if (auto next = text_member(delivery, "nextAttemptAt"); !next.empty() && next != told_next)
    out << "\nnext attempt " << printable(next) << ": somebody asked for it\n";
  return out.str();
}

} // namespace carillon::commands
