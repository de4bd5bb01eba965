#include "net/admin/calls/webhooks/webhook_patch.hpp"

#include "base/json/object_reader.hpp"
#include "base/json/strict_json.hpp"
#include "net/admin/calls/webhooks/webhook_text.hpp"

#include <algorithm>
#include <array>

namespace carillon::admin {

namespace {

constexpr std::array read_only{"id",           "companyId", "enabled",   "disabledReason",
                               "failingSince", "createdAt", "updatedAt", "secrets",
                               "status"};

constexpr std::array settable{"types",         "ordered", "maxInFlight", "ratePerSecond",
                              "retrySchedule", "headers", "description"};

/// The members in an answer of GET, without `status`.
rapidjson::Document shown_members(const webhook_with_secrets& x) {
  json_writer text;
  text.begin_object();
  put_webhook_members(text, x.webhook);
  put_secret_times(text, x);
  text.end_object();
  rapidjson::Document out;
  auto json = text.take();
  out.Parse(json.data(), json.size());
  return out;
}

/// True for headers as GET shows them.
bool are_hidden(const rapidjson::Value& headers) {
  if (!headers.IsObject() || headers.ObjectEmpty())
    return false;
  return std::all_of(headers.MemberBegin(), headers.MemberEnd(), [](const auto& x) {
    return x.value.IsString() && view_of(x.value) == hidden_value;
  });
}

/// `status` changes by itself, so only its kind is compared.
bool is_same(std::string_view name, const rapidjson::Value& x, const rapidjson::Value& shown) {
  if (name == "status")
    return x.IsObject();
  auto found = shown.FindMember(rapidjson::Value{rapidjson::StringRef(name.data(), name.size())});
  return found != shown.MemberEnd() && found->value == x;
}

size_t count_values(const rapidjson::Value& headers) {
  return static_cast<size_t>(std::count_if(headers.MemberBegin(), headers.MemberEnd(),
                                           [](const auto& x) { return !x.value.IsNull(); }));
}

/// The members of a webhook without settings.
rapidjson::Document default_members() {
  return shown_members(webhook_with_secrets{});
}

/// The headers after the patch, with their values.
rapidjson::Value merged_headers(const rapidjson::Value& patch, const webhook_settings& x,
                                rapidjson::Document::AllocatorType& memory) {
  rapidjson::Value out{rapidjson::kObjectType};
  auto text = [&](const std::string& y) {
    return rapidjson::Value{y.data(), static_cast<rapidjson::SizeType>(y.size()), memory};
  };
  for (const auto& [name, value] : x.headers)
    if (!patch.HasMember(name.c_str()))
      out.AddMember(text(name), text(value), memory);
  for (const auto& y : patch.GetObject())
    if (!y.value.IsNull())
      out.AddMember(rapidjson::Value{y.name, memory}, rapidjson::Value{y.value, memory}, memory);
  return out;
}

} // namespace

expected<std::string> as_plain_patch(std::string_view body, const webhook_with_secrets& x) {
  auto patch = parse_object(body);
  if (!patch)
    return patch.error();
  auto& memory = patch->GetAllocator();
  auto defaults = default_members();
  for (const char* name : settable)
    if (auto found = patch->FindMember(name); found != patch->MemberEnd() && found->value.IsNull())
      found->value.CopyFrom(defaults[name], memory);
  auto headers = patch->FindMember("headers");
  if (headers == patch->MemberEnd() || !headers->value.IsObject() || are_hidden(headers->value))
    return json_text_of(*patch);
  auto all = merged_headers(headers->value, x.webhook.settings, memory);
  if (patch->HasMember("url") && all.MemberCount() > count_values(headers->value))
    return failure{ec::invalid_argument,
                   "name every header where the URL changes: their values would go there",
                   "headers"};
  headers->value = std::move(all);
  return json_text_of(*patch);
}

bool has_read_only(std::string_view body) {
  auto parsed = parse_object(body);
  if (!parsed)
    return false;
  auto headers = parsed->FindMember("headers");
  return (headers != parsed->MemberEnd() && are_hidden(headers->value))
         || std::any_of(read_only.begin(), read_only.end(),
                        [&](const char* x) { return parsed->HasMember(x); });
}

expected<std::string> without_read_only(std::string_view body, const webhook_with_secrets& x) {
  auto patch = parse_object(body);
  if (!patch)
    return patch.error();
  auto shown = shown_members(x);
  for (std::string_view name : read_only) {
    rapidjson::Value key{rapidjson::StringRef(name.data(), name.size())};
    auto found = patch->FindMember(key);
    if (found == patch->MemberEnd())
      continue;
    if (!is_same(name, found->value, shown))
      return failure{ec::invalid_argument,
                     name == "enabled" ? "enable or disable it by the calls for that"
                                       : "the member is set by the node; leave it out",
                     std::string{name}};
    patch->RemoveMember(found);
  }
  if (auto found = patch->FindMember("headers");
      found != patch->MemberEnd() && are_hidden(found->value) && found->value == shown["headers"])
    patch->RemoveMember(found);
  return json_text_of(*patch);
}

} // namespace carillon::admin
