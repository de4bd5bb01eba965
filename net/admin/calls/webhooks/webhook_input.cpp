#include "net/admin/calls/webhooks/webhook_input.hpp"

#include "base/json/strict_json.hpp"
#include "net/admin/calls/webhooks/webhook_text.hpp"
#include "net/webhooks/target.hpp"

#include <algorithm>
#include <cmath>

namespace carillon::admin {

namespace {

std::string string_of(const rapidjson::Value& x) {
  return {x.GetString(), x.GetStringLength()};
}

std::optional<std::vector<type_pattern>> read_types(object_reader& in) {
  const auto* x = in.find("types");
  if (x == nullptr)
    return std::nullopt;
  std::vector<type_pattern> out;
  if (!x->IsArray() || x->Size() > webhook_limits::types) {
    in.fail("types", "the value is not an array of at most 100 patterns");
    return out;
  }
  for (const auto& y : x->GetArray()) {
    auto pattern = type_pattern::parse(y.IsString() ? string_of(y) : std::string{});
    if (!pattern) {
      in.fail("types", "a pattern is an event type, a prefix with .*, or *");
      return out;
    }
    if (std::find(out.begin(), out.end(), *pattern) == out.end())
      out.push_back(std::move(*pattern));
  }
  return out;
}

std::optional<webhook_retry_policy> read_schedule(object_reader& in) {
  const auto* x = in.find("retrySchedule");
  if (x == nullptr)
    return std::nullopt;
  webhook_retry_policy out;
  out.schedule.clear();
  auto is_pause = [](const rapidjson::Value& y) {
    return y.IsUint() && y.GetUint() >= 1
           && std::chrono::seconds{y.GetUint()} <= webhook_limits::retry_pause;
  };
  if (!x->IsArray() || x->Size() > webhook_limits::retries
      || !std::all_of(x->Begin(), x->End(), is_pause)) {
    in.fail("retrySchedule",
            "the value is not an array of at most 20 pauses of 1 to 86400 seconds");
    return out;
  }
  for (const auto& y : x->GetArray())
    out.schedule.emplace_back(y.GetUint());
  return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> read_headers(object_reader& in) {
  const auto* x = in.find("headers");
  if (x == nullptr)
    return std::nullopt;
  std::vector<std::pair<std::string, std::string>> out;
  if (!x->IsObject()) {
    in.fail("headers", "the value is not an object of texts");
    return out;
  }
  for (const auto& y : x->GetObject()) {
    if (!y.value.IsString()) {
      in.fail("headers", "the value of a header is a text");
      return out;
    }
    // A client that sends back an answer of GET would silently lose a credential.
    if (string_of(y.value) == hidden_value) {
      in.fail("headers", "*** stands for a value that is not shown; send the value itself");
      return out;
    }
    out.emplace_back(string_of(y.name), string_of(y.value));
  }
  return out;
}

std::optional<double> read_rate(object_reader& in) {
  const auto* x = in.find("ratePerSecond");
  if (x == nullptr)
    return std::nullopt;
  if (!x->IsNumber()) {
    in.fail("ratePerSecond", "the value is not a number");
    return 0.0;
  }
  return x->GetDouble();
}

std::optional<uint32_t> read_in_flight(object_reader& in) {
  if (in.find("maxInFlight") == nullptr)
    return std::nullopt;
  return in.number("maxInFlight", 0, webhook_limits::in_flight);
}

/// A setting that is an object or null, read from the text of the body, so that no digit of its
/// numbers is lost. Null = `{}` of its type.
template <class T>
std::optional<T> read_object(object_reader& in, const char* name, std::string_view body) {
  const auto* x = in.find(name);
  if (x == nullptr)
    return std::nullopt;
  if (x->IsNull())
    return T{};
  auto out = T::parse(member_text(body, name), name);
  if (out)
    return std::move(*out);
  in.fail(out.error().field, out.error().detail);
  return T{};
}

/// The URL as the sender reads it: it knows more than the settings' own rule, and converts names.
expected<void> convert(std::string& url) {
  auto to = http::parse_target(url);
  if (!to)
    return to.error();
  url = std::move(to->url);
  return {};
}

/// The secret in a change: a text, or `new`, which becomes an empty text.
std::optional<std::string> read_moved_secret(object_reader& in) {
  const auto* x = in.find("secret");
  if (x != nullptr && x->IsString() && string_of(*x) == "new")
    return std::string{};
  if (x == nullptr)
    return std::nullopt;
  return read_secret(in);
}

webhook_secret_kind read_kind(object_reader& in) {
  auto text = in.text("kind").value_or("hmac");
  if (text != "hmac" && text != "ed25519")
    in.fail("kind", "the kind is hmac or ed25519");
  return text == "ed25519" ? webhook_secret_kind::ed25519 : webhook_secret_kind::hmac;
}

} // namespace

std::string read_secret(object_reader& in) {
  auto text = in.text("secret");
  if (!text)
    return {};
  if (auto parsed = parse_webhook_secret(*text); !parsed)
    in.fail("secret", parsed.error().detail);
  return *text;
}

webhook_change read_webhook_change(object_reader& in, std::string_view body) {
  webhook_change out;
  out.url = in.text("url");
  out.types = read_types(in);
  if (in.find("ordered") != nullptr)
    out.ordered = in.flag("ordered", false);
  out.max_in_flight = read_in_flight(in);
  out.rate_per_second = read_rate(in);
  out.retry = read_schedule(in);
  out.headers = read_headers(in);
  out.description = in.text("description");
  if (in.find("privateTargets") != nullptr)
    out.private_targets = in.flag("privateTargets", false);
  out.filter = read_object<payload_filter>(in, "filter", body);
  out.message = read_object<message_template>(in, "message", body);
  return out;
}

webhook_change read_trial(object_reader& in, std::string_view body) {
  webhook_change out;
  out.types = read_types(in);
  out.filter = read_object<payload_filter>(in, "filter", body);
  return out;
}

expected<create_webhook> parse_create_webhook(const call& c) {
  auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  create_webhook out;
  auto company = in.text("companyId");
  out.secret = read_secret(in);
  auto has_kind = in.find("kind") != nullptr;
  out.kind = read_kind(in);
  auto change = read_webhook_change(in, c.request.body);
  if (!change.url)
    in.fail("url", "the member is missing");
  if (has_kind && !out.secret.empty())
    in.fail("kind", "the secret tells its kind by itself");
  if (auto fault = in.finish())
    return *fault;
  out.settings = changed({}, change);
  out.settings.company_id = company.value_or(c.bound_company().value_or(""));
  if (!c.who.may_see(out.settings.company_id))
    return failure{ec::forbidden, "the key is bound to another company", "companyId"};
  if (company && !is_identifier(*company))
    return failure{ec::invalid_argument, "the company is 1 to 128 bytes without control characters",
                   "companyId"};
  if (auto may = check_grant(out.settings.private_targets, c.bound_company()); !may)
    return may.error();
  // Under --dev a token of the portal reaches what others reach there.
  const bool is_tenant = c.bound_company() && c.who.key_id != 0;
  if (is_tenant || change.private_targets)
    out.private_targets = out.settings.private_targets;
  if (auto fit = convert(out.settings.url); !fit)
    return fit.error();
  if (auto fit = check_webhook(out.settings); !fit)
    return fit.error();
  out.by = c.stamp();
  return out;
}

expected<update_webhook> parse_update_webhook(const call& c, std::string_view body, uint64_t id) {
  auto object = parse_object(body);
  if (!object)
    return object.error();
  object_reader in{*object};
  update_webhook out;
  // A patch that was made plain has these settings as they were sent.
  out.change = read_webhook_change(in, c.request.body);
  out.secret = read_moved_secret(in);
  if (out.secret && !out.change.url)
    in.fail("secret", "a secret is given only together with a URL of another host; rotate-secret "
                      "changes it otherwise");
  if (auto fault = in.finish())
    return *fault;
  if (auto may = check_grant(out.change.private_targets.value_or(false), c.bound_company()); !may)
    return may.error();
  if (out.change.url)
    if (auto fit = convert(*out.change.url); !fit)
      return fit.error();
  if (auto fit = check_change(out.change); !fit)
    return fit.error();
  out.id = id;
  out.company_id = c.bound_company();
  out.by = c.stamp();
  return out;
}

} // namespace carillon::admin
