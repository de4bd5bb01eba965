#pragma once

#include "net/http/admission.hpp"
#include "net/http/request_head.hpp"

#include <boost/beast/http/field.hpp>

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::data {

/// Collects the fields of a header into a head, strictly: a field that is given twice is a fault
/// unless it is a list, and lists in several lines are joined (RFC 9110 section 5.3). No I/O.
class head_fields {
public:
  /// @param to outlives this; its views point into this and into the texts given to `take`
  explicit head_fields(request_head& to) : head_(to) {
  }

  /// Takes one field. Returns why it is rejected; empty if it is not.
  std::optional<refusal> take(boost::beast::http::field name, std::string_view name_text,
                              std::string_view value);

  /// Checks the head once all fields and the request line are in it: host, transfer coding, target
  /// and expectation. Returns why it is rejected; empty if it is not.
  std::optional<refusal> finish();

  /// Begins with another request; invalidates the views.
  void clear();

private:
  void add_to_list(std::string_view& list, std::string_view value);
  std::optional<refusal> check_coding() const;
  std::optional<refusal> check_target();

  request_head& head_;
  /// Lists that came in several lines.
  std::deque<std::string> joined_;
  std::string_view codings_;
  unsigned hosts_ = 0;
  unsigned lengths_ = 0;
};

} // namespace carillon::data
