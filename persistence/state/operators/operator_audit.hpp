#pragma once

#include "messages/access/audit.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/codec/codec.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::sql {

/// The audit row of an operator's action.
inline audit_entry operator_entry(const operator_stamp& by, timestamp now, std::string action,
                                  std::string subject) {
  return {.time = now,
          .action = std::move(action),
          .actor = by.who,
          .origin = origin_of(by),
          .company_id = {},
          .subject = std::move(subject),
          .detail = "{}",
          .event_seq = 0,
          .person = by.person};
}

/// Makes the JSON object of an audit row's detail.
class audit_detail {
public:
  audit_detail& add(std::string_view name, std::string_view text) {
    begin(name);
    append_json_string(json_, text);
    return *this;
  }

  audit_detail& add(std::string_view name, uint64_t number) {
    begin(name);
    json_ += std::to_string(number);
    return *this;
  }

  audit_detail& add(std::string_view name, const std::vector<std::string_view>& texts) {
    begin(name);
    json_ += '[';
    for (const auto& text : texts) {
      if (&text != &texts.front())
        json_ += ',';
      append_json_string(json_, text);
    }
    json_ += ']';
    return *this;
  }

  /// @param json the value, as JSON
  audit_detail& add_json(std::string_view name, std::string_view json) {
    begin(name);
    json_ += json;
    return *this;
  }

  std::string text() const {
    return json_ + "}";
  }

private:
  void begin(std::string_view name) {
    if (json_.size() > 1)
      json_ += ',';
    append_json_string(json_, name);
    json_ += ':';
  }

  std::string json_ = "{";
};

} // namespace carillon::sql
