#include "messages/webhooks/mustache_text.hpp"

#include "base/json/strict_json.hpp"
#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace carillon {

namespace {

constexpr size_t most_sections = 8;
constexpr size_t most_parts = 1'000;
constexpr size_t name_bytes = 256;

/// Names at hand outside of sections.
bool is_root_name(std::string_view x) noexcept {
  return x == "data" || x == "id" || x == "type" || x == "source" || x == "time" || x == "seq"
         || x == "companyId" || x == "userId" || x == "correlationId" || x == "causationId";
}

std::vector<std::string> name_parts(std::string_view name) {
  std::vector<std::string> out;
  if (name == ".")
    return out;
  for (size_t at = 0;;) {
    const auto dot = std::min(name.find('.', at), name.size());
    out.emplace_back(name.substr(at, dot - at));
    if (dot == name.size())
      return out;
    at = dot + 1;
  }
}

bool has_empty(const std::vector<std::string>& xs) {
  return std::any_of(xs.begin(), xs.end(), [](const auto& x) { return x.empty(); });
}

failure bad_template(std::string detail) {
  return {ec::invalid_argument, std::move(detail), {}};
}

const rapidjson::Value* member_of(const rapidjson::Value& x, const std::string& name) {
  if (!x.IsObject())
    return nullptr;
  const rapidjson::Value key{
    rapidjson::StringRef(name.data(), static_cast<rapidjson::SizeType>(name.size()))};
  const auto found = x.FindMember(key);
  return found != x.MemberEnd() ? &found->value : nullptr;
}

/// Whether a section of the value is shown.
bool is_shown(const rapidjson::Value* x) {
  if (x == nullptr || x->IsNull() || x->IsFalse())
    return false;
  if (x->IsString())
    return x->GetStringLength() > 0;
  return !x->IsArray() || !x->Empty();
}

} // namespace

class mustache_text::parser {
public:
  explicit parser(std::string_view text) : text_(text) {
  }

  expected<mustache_text> run() {
    for (size_t at = 0; at < text_.size() && !fault_;) {
      const auto tag = std::min(text_.find("{{", at), text_.size());
      if (tag > at)
        add({kind::text, std::string{text_.substr(at, tag - at)}, {}, 0});
      at = tag == text_.size() ? tag : take_tag(tag);
    }
    if (!fault_ && !open_.empty())
      fail(0, "the section {{#" + out_.parts_[open_.back()].text + "}} is not closed");
    if (fault_)
      return std::move(*fault_);
    return std::move(out_);
  }

private:
  void fail(size_t at, const std::string& what) {
    fault_ = bad_template(what + " (at byte " + std::to_string(at + 1) + " of the text)");
  }

  void add(part x) {
    if (out_.parts_.size() >= most_parts)
      fail(text_.size(), "a text has at most 1000 tags");
    else
      out_.parts_.push_back(std::move(x));
  }

  /// @returns the place behind the tag
  size_t take_tag(size_t at) {
    const auto end = text_.find("}}", at + 2);
    if (end == std::string_view::npos) {
      fail(at, "a tag is not closed by }}");
      return text_.size();
    }
    auto inside = trimmed(text_.substr(at + 2, end - at - 2), blanks_and_line_ends);
    const char mark = inside.empty() ? ' ' : inside.front();
    if (mark == '!')
      return end + 2;
    if (mark == '{' || mark == '&' || mark == '>' || mark == '=')
      fail(at, "unescaped variables, partials and other delimiters are not possible");
    const bool is_marked = mark == '#' || mark == '^' || mark == '/';
    const auto name = is_marked ? trimmed(inside.substr(1), blanks_and_line_ends) : inside;
    auto path = name_parts(name);
    if (fault_ || !check_name(at, name, path))
      return end + 2;
    if (mark == '/')
      close(at, name);
    else if (is_marked)
      open(at, mark, name, std::move(path));
    else
      add({kind::variable, std::string{name}, std::move(path), 0});
    return end + 2;
  }

  bool check_name(size_t at, std::string_view name, const std::vector<std::string>& path) {
    if (name.empty() || name.size() > name_bytes || has_empty(path)
        || name.find_first_of("{}\n\r\t ") != std::string_view::npos)
      fail(at, "a tag has no name such as data.total");
    else if (open_.empty() && (path.empty() || !is_root_name(path.front())))
      fail(at, "'" + excerpt(name)
                 + "' is nothing of an event: use data.…, id, type, source, time, seq, companyId, "
                   "userId, correlationId or causationId");
    return !fault_;
  }

  void open(size_t at, char mark, std::string_view name, std::vector<std::string> path) {
    if (open_.size() >= most_sections)
      return fail(at, "at most 8 sections are within each other");
    open_.push_back(out_.parts_.size());
    add({mark == '#' ? kind::section : kind::inverted, std::string{name}, std::move(path), 0});
  }

  void close(size_t at, std::string_view name) {
    if (open_.empty() || out_.parts_[open_.back()].text != name)
      return fail(at, "'" + excerpt(name) + "' does not close the last open section");
    out_.parts_[open_.back()].end = out_.parts_.size();
    open_.pop_back();
  }

  std::string_view text_;
  mustache_text out_;
  std::vector<size_t> open_;
  std::optional<failure> fault_;
};

class mustache_text::renderer {
public:
  renderer(const std::vector<part>& parts, std::string& out,
           const std::function<std::string(std::string_view)>& escape, message_budget& budget)
    : parts_(parts), out_(out), escape_(escape), budget_(budget) {
  }

  expected<void> run(const rapidjson::Value& root) {
    scopes_.push_back(&root);
    run(0, parts_.size());
    if (fault_)
      return std::move(*fault_);
    return {};
  }

private:
  void run(size_t from, size_t to) {
    for (size_t i = from; i < to && spend();) {
      const auto& x = parts_[i];
      if (x.what == kind::text)
        put(x.text);
      else if (x.what == kind::variable)
        put_value(x);
      else
        run_section(x, i + 1);
      i = x.what == kind::section || x.what == kind::inverted ? x.end : i + 1;
    }
  }

  void run_section(const part& x, size_t from) {
    const auto* value = look_up(x.path);
    const bool shown = is_shown(value);
    if (x.what == kind::inverted) {
      if (!shown)
        run(from, x.end);
    } else if (shown && value->IsArray()) {
      for (auto item = value->Begin(); item != value->End() && spend(); ++item)
        run_within(*item, from, x.end);
    } else if (shown) {
      run_within(*value, from, x.end);
    }
  }

  void run_within(const rapidjson::Value& scope, size_t from, size_t to) {
    scopes_.push_back(&scope);
    run(from, to);
    scopes_.pop_back();
  }

  /// The first part is looked up outwards, the others within it.
  const rapidjson::Value* look_up(const std::vector<std::string>& path) const {
    if (path.empty())
      return scopes_.back();
    const rapidjson::Value* out = nullptr;
    for (auto i = scopes_.rbegin(); i != scopes_.rend() && out == nullptr; ++i)
      out = member_of(**i, path.front());
    for (size_t i = 1; i < path.size() && out != nullptr; ++i)
      out = member_of(*out, path[i]);
    return out;
  }

  void put_value(const part& x) {
    const auto* value = look_up(x.path);
    if (value == nullptr || value->IsNull())
      return;
    if (value->IsString())
      put(escape_(view_of(*value)));
    else if (value->IsBool())
      put(value->GetBool() ? "true" : "false");
    else
      fail("{{" + x.text + "}} is " + (value->IsArray() ? "a list" : "an object") + ": write {{#"
           + x.text + "}}…{{/" + x.text + "}}, or the name of a member");
  }

  void put(std::string_view text) {
    if (text.size() > budget_.bytes)
      return fail("the message is larger than 256 KiB");
    budget_.bytes -= text.size();
    out_ += text;
  }

  bool spend() {
    if (!fault_ && budget_.steps == 0)
      fail("the message needs more than 10000 steps: its sections repeat too often");
    if (fault_)
      return false;
    --budget_.steps;
    return true;
  }

  void fail(std::string detail) {
    if (!fault_)
      fault_ = bad_template(std::move(detail));
  }

  const std::vector<part>& parts_;
  std::string& out_;
  const std::function<std::string(std::string_view)>& escape_;
  message_budget& budget_;
  std::vector<const rapidjson::Value*> scopes_;
  std::optional<failure> fault_;
};

expected<mustache_text> mustache_text::parse(std::string_view text) {
  return parser{text}.run();
}

expected<void> mustache_text::render(std::string& out, const rapidjson::Value& root,
                                     const std::function<std::string(std::string_view)>& escape,
                                     message_budget& budget) const {
  return renderer{parts_, out, escape, budget}.run(root);
}

} // namespace carillon
