#pragma once

#include "base/json/appender.hpp"
#include "messages/access/audit.hpp"
#include "messages/access/operator_stamp.hpp"

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
    json_appender::within(json_).member(name, text);
    return *this;
  }

  audit_detail& add(std::string_view name, uint64_t number) {
    json_appender::within(json_).member(name, number);
    return *this;
  }

  audit_detail& add(std::string_view name, const std::vector<std::string_view>& texts) {
    auto json = json_appender::within(json_);
    json.begin_array(name);
    for (const auto& text : texts)
      json.item(text);
    json.end_array();
    return *this;
  }

  /// @param json the value, as JSON
  audit_detail& add_json(std::string_view name, std::string_view json) {
    json_appender::within(json_).raw(name, json);
    return *this;
  }

  std::string text() const {
    return json_ + "}";
  }

private:
  std::string json_ = "{";
};

} // namespace carillon::sql
