#include "handlers/email/templates.hpp"

#include "base/file/durable_file.hpp"
#include "base/json/strict_json.hpp"
#include "base/text/plain_text.hpp"
#include "base/text/utf8.hpp"
#include "handlers/documents/order_summary.hpp"
#include "handlers/email/embedded_templates.hpp"
#include "handlers/email/link_filter.hpp"
#include "handlers/email/template_check.hpp"

#include <kainjow/mustache.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

namespace carillon {

namespace {

namespace fs = std::filesystem;
namespace mustache = kainjow::mustache;

constexpr size_t file_bytes = size_t{64} * 1'024;
constexpr size_t subject_bytes = 200;
constexpr size_t shown_items = 200;
constexpr int data_depth = 8;
constexpr std::string_view suffix = ".mustache";

template_part part_of(std::string_view file_name) noexcept {
  file_name.remove_suffix(suffix.size());
  if (file_name.ends_with(".html"))
    return template_part::html;
  return file_name.ends_with(".text") ? template_part::text : template_part::subject;
}

// Data

bool is_money(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 8> names{"total",    "amount", "price",    "unitPrice",
                                                  "subtotal", "tax",    "shipping", "discount"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A text, or false: a section of an empty text is not shown.
mustache::data text_data(const std::string& x) {
  return x.empty() ? mustache::data{false} : mustache::data{x};
}

std::string time_text(timestamp x) {
  auto out = to_rfc3339(x);
  return out.substr(0, 10) + ' ' + out.substr(11, 5) + " UTC";
}

/// Rules for showing the texts of an event.
struct text_rules {
  std::string currency;
  const std::vector<std::string>& link_hosts;

  std::string words(std::string_view x) const {
    return without_links(as_utf8(x), link_hosts);
  }

  std::string id(std::string_view x) const {
    return id_text(words(x));
  }
};

std::string string_text(std::string_view name, std::string_view value, const text_rules& rules) {
  if (name.ends_with("At"))
    if (auto time = from_rfc3339(value))
      return time_text(*time);
  if (name == "currency")
    return currency_text(value);
  return name.ends_with("Id") ? rules.id(value) : rules.words(value);
}

mustache::data json_data(const rapidjson::Value& x, std::string_view name, const text_rules& rules,
                         int depth) {
  if (x.IsString())
    return text_data(string_text(name, view_of(x), rules));
  if (x.IsNumber())
    return text_data(is_money(name) ? amount_text(x.GetDouble(), rules.currency) : number_text(x));
  if (x.IsBool())
    return mustache::data{x.GetBool()};
  if (depth == 0 || x.IsNull())
    return mustache::data{false};
  if (x.IsArray()) {
    mustache::data out{mustache::data::type::list};
    for (const auto& item : x.GetArray())
      out << json_data(item, name, rules, depth - 1);
    return out;
  }
  mustache::data out{mustache::data::type::object};
  for (const auto& member : x.GetObject()) {
    auto key = view_of(member.name);
    out.set(std::string{key}, json_data(member.value, key, rules, depth - 1));
  }
  return out;
}

/// Every member is present, so that none is looked up in the enclosing scope.
mustache::data line_data(const order_line& x, const text_rules& rules) {
  // An item without a name is called by its number.
  auto nameless = x.name.empty();
  mustache::data out;
  out.set("name", text_data(rules.words(nameless ? x.sku : x.name)));
  out.set("sku", text_data(nameless ? std::string{} : rules.words(x.sku)));
  out.set("quantity", text_data(rules.words(x.quantity)));
  out.set("price", text_data(rules.words(x.price)));
  out.set("total", text_data(rules.words(x.total)));
  return out;
}

mustache::data input_data(const template_input& x) {
  const auto& event = *x.what;
  auto json = data_of(event);
  auto order = summary_of(event, json, shown_items);
  const text_rules rules{order.currency, x.link_hosts};
  mustache::data items{mustache::data::type::list};
  for (const auto& line : order.lines)
    items << line_data(line, rules);
  // Otherwise they would be there twice, and without the limit.
  json.RemoveMember("items");
  auto out = json_data(json, {}, rules, data_depth);
  mustache::data recipient;
  recipient.set("name", text_data(x.recipient.name));
  recipient.set("address", text_data(x.recipient.address));
  mustache::data about;
  about.set("type", text_data(event.type));
  about.set("id", text_data(rules.id(event.id)));
  about.set("seq", text_data(std::to_string(event.seq)));
  about.set("time", text_data(time_text(event.time)));
  out.set("recipient", recipient);
  out.set("event", about);
  out.set("companyId", text_data(rules.id(event.company_id)));
  out.set("userId", text_data(rules.id(event.user_id)));
  out.set("attached", mustache::data{x.attached});
  out.set("items", items);
  out.set("itemCount", text_data(order.item_count));
  out.set("moreItems", text_data(order.more == 0 ? "" : std::to_string(order.more)));
  return out;
}

std::string render_one(const std::string& text, template_part part, const mustache::data& data) {
  mustache::mustache made{text};
  if (part != template_part::html)
    made.set_custom_escape([](const std::string& x) { return x; });
  return made.render(data);
}

/// Removes blank lines left by hidden sections: at most one in sequence, and none at the end.
std::string without_blank_lines(const std::string& text) {
  std::string out;
  size_t breaks = 0;
  for (auto c : text) {
    breaks = c == '\n' ? breaks + 1 : c == '\r' ? breaks : 0;
    if (breaks <= 2)
      out += c;
  }
  while (out.ends_with("\n\n"))
    out.pop_back();
  return out;
}

// Loading

failure broken(const std::string& path, size_t line, size_t column, const std::string& what) {
  return {ec::invalid_argument,
          "the mail template " + path + ':' + std::to_string(line) + ':' + std::to_string(column)
            + " is broken: " + what,
          "mail-templates"};
}

expected<void> check_text(const std::string& path, std::string_view name, const std::string& text) {
  if (!is_utf8(text) || text.find('\0') != std::string::npos)
    return broken(path, 1, 1, "it is not UTF-8 text");
  if (auto fault = check_template(text, part_of(name)))
    return broken(path, fault->line, fault->column, fault->what);
  // No text is known that passes the check and is rejected here.
  if (mustache::mustache made{text}; !made.is_valid())
    return broken(path, 1, 1, made.error_message());
  return {};
}

expected<std::string> read_template(const fs::path& path, const std::string& name) {
  auto text = read_whole(path.string(), file_bytes);
  if (!text)
    return text.error();
  if (auto checked = check_text(path.string(), name, *text); !checked)
    return checked.error();
  return text;
}

} // namespace

expected<std::shared_ptr<const template_set>> template_set::load(const std::string& directory) {
  std::shared_ptr<template_set> out{new template_set};
  for (auto name : embedded_template_names())
    out->texts_.emplace(name, embedded_template(name));
  if (directory.empty())
    return std::shared_ptr<const template_set>{out};
  std::error_code error;
  for (fs::directory_iterator entry{directory, error}; !error && entry != fs::directory_iterator{};
       entry.increment(error)) {
    auto name = entry->path().filename().string();
    if (!name.ends_with(suffix))
      continue;
    auto known = out->texts_.find(name);
    if (known == out->texts_.end())
      return broken(entry->path().string(), 1, 1,
                    "it replaces nothing; files are called <kind>.subject.mustache, "
                    "<kind>.text.mustache or <kind>.html.mustache, e.g. welcome.html.mustache");
    auto text = read_template(entry->path(), name);
    if (!text)
      return text.error();
    known->second = std::move(*text);
  }
  if (error)
    return failure{ec::not_found,
                   "cannot read the directory of mail templates " + directory + ": "
                     + error.message(),
                   "mail-templates"};
  return std::shared_ptr<const template_set>{out};
}

bool template_set::has(std::string_view kind) const {
  return texts_.contains(std::string{kind} + ".subject.mustache");
}

expected<rendered_mail> template_set::render(std::string_view kind, const template_input& x) const {
  const std::string prefix{kind};
  if (!has(kind))
    return failure{ec::not_found, "there is no mail template '" + excerpt(kind) + "'", {}};
  try {
    auto data = input_data(x);
    rendered_mail out;
    out.subject
      = one_line(render_one(texts_.at(prefix + ".subject.mustache"), template_part::subject, data),
                 subject_bytes);
    out.text = without_blank_lines(
      render_one(texts_.at(prefix + ".text.mustache"), template_part::text, data));
    out.html = render_one(texts_.at(prefix + ".html.mustache"), template_part::html, data);
    return out;
  } catch (...) {
    return failure{
      ec::internal, "the mail template '" + excerpt(kind) + "' cannot be rendered", {}};
  }
}

} // namespace carillon
