#include "messages/measures/member_scan.hpp"

#include "messages/codec/json_sax.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>

namespace carillon {

namespace {

/// RapidJSON calls it for each part of the text; false ends the pass.
class member_scanner {
public:
  member_scanner(std::span<const std::string> pointers, std::vector<scanned_member>& out)
    : pointers_(pointers), out_(out), missing_(pointers.size()) {
    for (const auto& x : pointers)
      deepest_ = std::max(deepest_, static_cast<size_t>(std::count(x.begin(), x.end(), '/')));
  }

  // NOLINTBEGIN(readability-identifier-naming): names of RapidJSON
  bool Null() {
    return scalar(member_kind::null, {});
  }
  bool Bool(bool x) {
    return scalar(member_kind::boolean, x ? "true" : "false");
  }
  bool Int(int) {
    return true;
  }
  bool Uint(unsigned) {
    return true;
  }
  bool Int64(int64_t) {
    return true;
  }
  bool Uint64(uint64_t) {
    return true;
  }
  bool Double(double) {
    return true;
  }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return scalar(member_kind::number, {text, size});
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return scalar(member_kind::string, {text, size});
  }
  bool StartObject() {
    return open(false);
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (frames_.size() > deepest_)
      return true;
    path_.resize(frames_.back().path);
    path_ += '/';
    for (const char c : std::string_view{text, size})
      if (c == '~')
        path_ += "~0";
      else if (c == '/')
        path_ += "~1";
      else
        path_ += c;
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    return close();
  }
  bool StartArray() {
    return open(true);
  }
  bool EndArray(rapidjson::SizeType) {
    return close();
  }
  // NOLINTEND(readability-identifier-naming)

private:
  struct frame {
    /// Length of the path of the object or array itself.
    size_t path = 0;
    bool is_array = false;
    uint64_t next_item = 0;
  };

  /// A value begins: within an array, its path is its number.
  void enter_item() {
    if (frames_.empty() || !frames_.back().is_array || frames_.size() > deepest_)
      return;
    path_.resize(frames_.back().path);
    path_ += '/' + std::to_string(frames_.back().next_item++);
  }

  bool scalar(member_kind kind, std::string_view text) {
    enter_item();
    if (frames_.size() > deepest_)
      return true;
    for (size_t i = 0; i < pointers_.size(); ++i)
      if (out_[i].kind == member_kind::absent && pointers_[i] == path_) {
        out_[i].kind = kind;
        out_[i].text = text;
        --missing_;
      }
    return missing_ > 0;
  }

  bool open(bool is_array) {
    if (!frames_.empty() && !scalar(member_kind::other, {}))
      return false;
    frames_.push_back({path_.size(), is_array, 0});
    return true;
  }

  bool close() {
    // Deeper than any pointer, the path stays that of the last value above.
    path_.resize(std::min(path_.size(), frames_.back().path));
    frames_.pop_back();
    return true;
  }

  std::span<const std::string> pointers_;
  std::vector<scanned_member>& out_;
  size_t missing_;
  /// Most parts of a pointer.
  size_t deepest_ = 0;
  std::string path_;
  std::vector<frame> frames_;
};

} // namespace

void scan_members(std::string_view data, std::span<const std::string> pointers,
                  std::vector<scanned_member>& out) {
  out.assign(pointers.size(), {});
  if (pointers.empty())
    return;
  member_scanner scanner{pointers, out};
  rapidjson::MemoryStream stream{data.data(), data.size()};
  rapidjson::Reader reader;
  reader.Parse<json_flags>(stream, scanner);
}

} // namespace carillon
