#pragma once

#include "messages/codec/field.hpp"
#include "messages/codec/type_registry.hpp"
#include "messages/events/event.hpp"

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// Typed events. One struct each, with `static constexpr std::string_view type` and
// `static constexpr audience audience`, described once with BOOST_DESCRIBE_STRUCT: that one
// description yields the codec, the checks and the JSON Schema.

namespace carillon {

/// Options of a publisher besides the event itself.
struct publish_options {
  /// Empty: a UUIDv7.
  std::string id;
  std::string source = "/api";
  std::optional<timestamp> time;
  std::string correlation_id;
  std::string causation_id;
  std::string traceparent;
  /// See `event::hops`; for an event that another event caused, `next_hops` of that cause.
  uint8_t hops = 0;
  /// Instead of the audience of the type.
  std::optional<carillon::audience> audience;
  /// JSON object.
  std::string metadata = "{}";
};

/// The fields of a described event, in the order of their description.
template <class T>
const fields& fields_of() {
  static const fields all = [] {
    fields out;
    using members = boost::describe::describe_members<T, boost::describe::mod_public>;
    boost::mp11::mp_for_each<members>([&](auto member) {
      using type = std::remove_reference_t<decltype(std::declval<T&>().*member.pointer)>;
      field x;
      x.name = camel_case(member.name);
      x.kind = kind_of(static_cast<const type*>(nullptr));
      // Company and user belong to the envelope; in `data` they are optional.
      x.required = x.name != "companyId" && x.name != "userId";
      x.address = [](void* object) -> void* {
        return &(static_cast<T*>(object)->*decltype(member)::pointer);
      };
      out.push_back(std::move(x));
    });
    return out;
  }();
  return all;
}

/// Registry entry of a described event.
template <class T>
type_info describe_type() {
  type_info out;
  out.name = T::type;
  out.audience = T::audience;
  out.schema = schema_of_fields(fields_of<T>(), T::type);
  out.described = true;
  out.check = [](const payload_view& data) { return check_fields(fields_of<T>(), data); };
  return out;
}

/// The event's `data`.
template <class T>
expected<std::string> encode(const T& x) {
  return encode_fields(fields_of<T>(), &x);
}

/// The inverse of `encode`; members that the struct does not have are ignored.
template <class T>
expected<T> decode(std::string_view json) {
  T out;
  if (auto done = decode_fields(fields_of<T>(), json, &out); !done)
    return done.error();
  return out;
}

/// The parts of a draft that do not depend on the struct.
struct draft_parts {
  std::string_view type;
  carillon::audience audience;
  std::string company_id;
  std::string user_id;
};

/// Makes a draft; the same rules as for parsed events hold. Errors: `invalid_argument`,
/// `schema_violation`, `too_large`.
expected<draft_ptr> make_draft(draft_parts parts, expected<std::string> data,
                               const publish_options& options);

/// The same for a described event.
template <class T>
expected<draft_ptr> make_draft(const T& x, const publish_options& options = {}) {
  return make_draft(draft_parts{T::type, T::audience, x.company_id, x.user_id}, encode(x), options);
}

} // namespace carillon
