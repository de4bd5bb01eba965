#include "messages/webhooks/message_template.hpp"

#include "base/json/appender.hpp"
#include "base/json/raw_json.hpp"
#include "base/json/strict_json.hpp"
#include "base/json/unescape.hpp"
#include "messages/webhooks/mustache_text.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace carillon {

namespace {

using lim = message_limits;

constexpr size_t setting_depth = 18;
constexpr size_t most_texts = 100;
/// Characters of a message that Discord takes.
constexpr size_t discord_characters = 2'000;

constexpr auto format_names = std::to_array<std::string_view>(
  {"standard", "slack", "teams", "discord", "json", "form", "text"});

std::optional<message_format> format_from(std::string_view name) {
  const auto* found = std::find(format_names.begin(), format_names.end(), name);
  if (found == format_names.end() || found == format_names.begin())
    return std::nullopt;
  return static_cast<message_format>(found - format_names.begin());
}

/// Slack reads `<`, `>` and `&` as its own marks: mentions, links.
std::string for_slack(std::string_view x) {
  std::string out;
  for (const char c : x)
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return out;
}

/// So that a value is no mark of Markdown.
std::string for_markdown(std::string_view x) {
  std::string out;
  for (const char c : x) {
    if (std::string_view{"\\`*_{}[]()<>#~|@"}.find(c) != std::string_view::npos)
      out += '\\';
    out += c;
  }
  return out;
}

/// So that a value begins no line.
std::string on_one_line(std::string_view x) {
  std::string out{x};
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      c = ' ';
  return out;
}

std::string as_it_is(std::string_view x) {
  return std::string{x};
}

/// As `application/x-www-form-urlencoded` has it (WHATWG URL section 5.2).
void append_form_text(std::string& out, std::string_view x) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : x) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '*'
        || c == '-' || c == '.' || c == '_') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
}

/// The beginning, at most so many characters.
std::string cut(std::string x, size_t characters) {
  size_t count = 0;
  for (size_t i = 0; i < x.size(); ++i)
    if ((static_cast<unsigned char>(x[i]) & 0xC0U) != 0x80U && ++count > characters) {
      x.resize(i);
      break;
    }
  return x;
}

/// The event as templates see it; numbers are strings with their digits.
rapidjson::Document values_of(const event& x) {
  std::string text;
  text.reserve(x.data.size() + 512);
  json_appender{text}
    .begin_object()
    .member("id", x.id)
    .member("type", x.type)
    .member("source", x.source)
    .member("time", x.time)
    .member("seq", x.seq)
    .member_unless_empty("companyId", x.company_id)
    .member_unless_empty("userId", x.user_id)
    .member_unless_empty("correlationId", x.correlation_id)
    .member_unless_empty("causationId", x.causation_id)
    .raw("data", x.data)
    .end_object();
  rapidjson::Document out;
  out.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag>(text.data(),
                                                                                    text.size());
  return out;
}

} // namespace

/// A compiled message: pieces of its format, with texts between them.
class message_program {
public:
  struct piece {
    /// As it is sent.
    std::string before;
    std::optional<mustache_text> text;
  };

  message_format format = message_format::text;
  std::vector<piece> pieces;
  std::string setting;

  expected<rendered_message> render(const event& x) const {
    const auto values = values_of(x);
    if (values.HasParseError())
      return failure{ec::invalid_argument, "the event's data cannot be read", {}};
    rendered_message out;
    if (format == message_format::form)
      out.content_type = "application/x-www-form-urlencoded";
    else if (format == message_format::text)
      out.content_type = "text/plain; charset=utf-8";
    message_budget budget{lim::steps, lim::body_bytes};
    const std::function<std::string(std::string_view)> escape = escape_of(format);
    for (const auto& y : pieces) {
      out.body += y.before;
      if (!y.text)
        continue;
      std::string text;
      if (auto done = y.text->render(text, values, escape, budget); !done)
        return done.error();
      append(out.body, std::move(text));
    }
    if (out.body.size() > lim::body_bytes)
      return failure{ec::invalid_argument, "the message is larger than 256 KiB", {}};
    return out;
  }

private:
  static std::string (*escape_of(message_format x))(std::string_view) {
    switch (x) {
    case message_format::slack:
      return for_slack;
    case message_format::teams:
    case message_format::discord:
      return for_markdown;
    case message_format::text:
      return on_one_line;
    default:
      return as_it_is;
    }
  }

  void append(std::string& out, std::string text) const {
    if (format == message_format::form)
      append_form_text(out, text);
    else if (format == message_format::text)
      out += text;
    else if (format == message_format::discord)
      append_json_string(out, cut(std::move(text), discord_characters));
    else
      append_json_string(out, text);
  }
};

namespace {

/// Makes a program of a setting, and keeps the first fault with its place.
class message_compiler {
public:
  explicit message_compiler(std::string_view field) : place_(field) {
  }

  expected<std::shared_ptr<const message_program>> compile(std::string_view json) {
    raw_json in{json};
    in.enter();
    std::string_view raw;
    std::optional<message_format> format;
    std::string_view body;
    while (!fault_ && in.next_name(raw)) {
      const auto value = in.value();
      if (raw == "format")
        format = format_from(text_of_json(value));
      else if (raw == "template")
        body = value;
      else
        fail("the members are format and template");
    }
    if (!fault_ && !format) {
      place_ += "/format";
      fail("the format is slack, teams, discord, json, form or text");
    }
    if (!fault_) {
      place_ += "/template";
      made_->format = *format;
      made_->setting = json;
      read(body);
    }
    if (fault_)
      return std::move(*fault_);
    return std::shared_ptr<const message_program>{std::move(made_)};
  }

private:
  static std::string text_of_json(std::string_view raw) {
    return raw_kind_of(raw) == raw_kind::string ? unescaped(raw.substr(1, raw.size() - 2))
                                                : std::string{};
  }

  void fail(std::string detail) {
    if (!fault_)
      fault_ = failure{ec::invalid_argument, std::move(detail), place_};
  }

  void read(std::string_view body) {
    switch (made_->format) {
    case message_format::json:
      if (raw_kind_of(body) != raw_kind::object)
        return fail("the template of this format is a JSON object");
      read_json(body);
      return finish();
    case message_format::form:
      return read_form(body);
    case message_format::slack:
      return read_text(body, R"({"text":)", "}");
    case message_format::teams:
      return read_text(
        body,
        R"({"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","wrap":true,"text":)",
        "}]}}]}");
    case message_format::discord:
      return read_text(body, R"({"content":)", R"(,"allowed_mentions":{"parse":[]}})");
    default:
      return read_text(body, "", "");
    }
  }

  void read_text(std::string_view body, std::string before, std::string after) {
    if (raw_kind_of(body) != raw_kind::string)
      return fail("the template of this format is a text");
    rest_ = std::move(before);
    add(body);
    rest_ = std::move(after);
    finish();
  }

  void read_form(std::string_view body) {
    if (raw_kind_of(body) != raw_kind::object)
      return fail("the template of this format is an object of texts");
    raw_json in{body};
    in.enter();
    std::string_view name;
    while (!fault_ && in.next_name(name)) {
      if (!made_->pieces.empty())
        rest_ += '&';
      append_form_text(rest_, unescaped(name));
      rest_ += '=';
      const auto value = in.value();
      if (raw_kind_of(value) != raw_kind::string)
        return fail("the template of this format is an object of texts");
      add(value);
    }
    finish();
  }

  /// What is no text stays as it is.
  void read_json(std::string_view value) {
    raw_json in{value};
    const auto kind = in.kind();
    std::string_view name;
    bool is_first = true;
    if (kind == raw_kind::object) {
      in.enter();
      rest_ += '{';
      for (; !fault_ && in.next_name(name); is_first = false) {
        rest_ += is_first ? "\"" : ",\"";
        rest_ += name;
        rest_ += "\":";
        read_json(in.value());
      }
      rest_ += '}';
    } else if (kind == raw_kind::array) {
      in.enter();
      rest_ += '[';
      for (; !fault_ && in.next_item(); is_first = false) {
        rest_ += is_first ? "" : ",";
        read_json(in.value());
      }
      rest_ += ']';
    } else if (kind == raw_kind::string) {
      add(value);
    } else {
      rest_ += value;
    }
  }

  /// A text, with what is before it.
  void add(std::string_view raw) {
    if (made_->pieces.size() >= most_texts)
      return fail("a template has at most 100 texts");
    auto text = mustache_text::parse(text_of_json(raw));
    if (!text)
      return fail(text.error().detail);
    made_->pieces.push_back({std::exchange(rest_, {}), std::move(*text)});
  }

  void finish() {
    made_->pieces.push_back({std::exchange(rest_, {}), std::nullopt});
  }

  std::shared_ptr<message_program> made_ = std::make_shared<message_program>();
  std::string place_;
  /// What follows the last text.
  std::string rest_;
  std::optional<failure> fault_;
};

} // namespace

expected<message_template> message_template::parse(std::string_view json, std::string_view field) {
  if (json.size() > lim::bytes)
    return failure{ec::invalid_argument, "the message has more than 16384 bytes",
                   std::string{field}};
  if (auto checked = parse_strict_object(json, setting_depth); !checked)
    return failure{ec::invalid_argument, "the message is no JSON object: " + checked.error().detail,
                   std::string{field}};
  auto program = message_compiler{field}.compile(json);
  if (!program)
    return program.error();
  message_template out;
  out.program_ = std::move(*program);
  return out;
}

expected<rendered_message> message_template::render(const event& x) const {
  if (program_ == nullptr)
    return failure{ec::internal, "the standard message has no template", {}};
  return program_->render(x);
}

const std::string& message_template::text() const noexcept {
  static const std::string standard;
  return program_ == nullptr ? standard : program_->setting;
}

} // namespace carillon
