#include "messages/events/filter_paths.hpp"

#include "base/json/unescape.hpp"

#include <algorithm>
#include <charconv>

namespace carillon {

namespace {

/// The index that a name is within a list; empty if it is none, as `01` is.
std::optional<uint64_t> index_of_name(std::string_view x) noexcept {
  if (x.empty() || x.size() > 18 || (x.size() > 1 && x.front() == '0'))
    return std::nullopt;
  uint64_t out = 0;
  const auto [end, fault] = std::from_chars(x.data(), x.data() + x.size(), out);
  return fault == std::errc{} && end == x.data() + x.size() ? std::optional{out} : std::nullopt;
}

} // namespace

/// One pass over `data`, which ends when every path has its value.
class filter_paths::scan {
public:
  scan(const filter_paths& of, std::string_view data, filter_values& out)
    : nodes_(of.nodes_), at_(data), bytes_(data.size()), out_(out), missing_(of.in_data_) {
  }

  void run() {
    if (at_.kind() == raw_kind::object)
      take(nodes_.front());
  }

private:
  /// Takes the value that begins here, and looks for what the node names in it.
  void take(const node& x) {
    const auto kind = at_.kind();
    // The first of two members with one name counts. Checked texts have none.
    auto* to = x.path ? &out_.values_[*x.path] : nullptr;
    if (to != nullptr && to->kind == raw_kind::missing) {
      to->kind = kind;
      --missing_;
    } else {
      to = nullptr;
    }
    if (kind == raw_kind::object && !x.names.empty())
      take_members(x);
    else if (kind == raw_kind::array && !x.items.empty())
      take_items(x);
    else if (missing_ > 0 || (kind != raw_kind::object && kind != raw_kind::array))
      fill(to, at_.value());
  }

  void take_members(const node& x) {
    at_.enter();
    std::string_view name;
    bool escaped = false;
    while (missing_ > 0 && at_.next_name(name, escaped)) {
      if (escaped) {
        out_.name_.clear();
        append_unescaped(out_.name_, name);
        name = out_.name_;
      }
      if (const auto* found = x.names.find(name))
        take(nodes_[*found]);
      else
        at_.value();
    }
  }

  void take_items(const node& x) {
    at_.enter();
    uint64_t next = 0;
    for (const auto& [index, place] : x.items) {
      if (missing_ == 0 || !at_.skip_items(index - next))
        return;
      take(nodes_[place]);
      next = index + 1;
    }
    // What is behind the list may be asked for.
    if (missing_ > 0)
      at_.leave();
  }

  void fill(filter_value* to, std::string_view text) {
    if (to == nullptr)
      return;
    if (to->kind == raw_kind::string)
      to->text = text_of(text.substr(1, text.size() < 2 ? 0 : text.size() - 2));
    else if (to->kind == raw_kind::number)
      to->number = json_number{text};
    else if (to->kind == raw_kind::boolean)
      to->truth = text == "true";
  }

  std::string_view text_of(std::string_view inside) {
    if (!has_escapes(inside))
      return inside;
    auto& texts = out_.texts_;
    // Texts are at most as long as what they are made of, so that none moves.
    if (texts.capacity() < bytes_)
      texts.reserve(bytes_);
    const auto before = texts.size();
    append_unescaped(texts, inside);
    return std::string_view{texts}.substr(before);
  }

  const std::vector<node>& nodes_;
  raw_json at_;
  size_t bytes_;
  filter_values& out_;
  /// Paths without a value yet.
  size_t missing_;
};

size_t filter_paths::add(const path& x) {
  if (x.member != nullptr) {
    const auto known
      = std::find_if(all_.begin(), all_.end(), [&](const auto& y) { return y.member == x.member; });
    if (known != all_.end())
      return static_cast<size_t>(known - all_.begin());
    all_.push_back(x);
    return all_.size() - 1;
  }
  size_t at = 0;
  for (const auto& name : x.names)
    at = child_of(at, name);
  auto& number = nodes_[at].path;
  if (!number) {
    number = all_.size();
    all_.push_back(x);
    ++in_data_;
  }
  return *number;
}

size_t filter_paths::child_of(size_t parent, const std::string& name) {
  if (const auto* known = nodes_[parent].names.find(name))
    return *known;
  const auto made = nodes_.size();
  nodes_.emplace_back();
  auto& to = nodes_[parent];
  to.names.add(name, made);
  if (const auto index = index_of_name(name)) {
    to.items.emplace_back(*index, made);
    std::sort(to.items.begin(), to.items.end());
  }
  return made;
}

void filter_paths::find(const filter_subject& in, filter_values& out) const {
  out.values_.assign(all_.size(), {});
  out.texts_.clear();
  for (size_t i = 0; i < all_.size(); ++i)
    if (all_[i].member != nullptr)
      if (const auto text = in.*all_[i].member; !text.empty())
        out.values_[i] = {raw_kind::string, text, {}, false};
  if (in_data_ > 0)
    scan{*this, in.data, out}.run();
}

} // namespace carillon
