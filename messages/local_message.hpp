#pragma once

#include "base/failure.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <type_traits>

namespace carillon {

/// Found by argument-dependent lookup for the types of this namespace, and for containers and
/// pointers of them.
template <class T>
std::true_type is_local_message(const T*);

/// It has an id.
std::false_type is_local_message(const ec*);

} // namespace carillon

namespace caf {

/// Ends the ordinary look-up here, so that argument-dependent look-up alone counts. Behind a
/// `using namespace carillon`, as several sources compiled as one may have it, the template above
/// would be found for every type, and CAF would serialize each as nothing.
void is_local_message();

/// Carillon's messages never leave the process: CAF must not try to serialize them. Types that may
/// cross the wire have an id in messages/ids.hpp.
template <class T>
requires(decltype(is_local_message(
  static_cast<const T*>(nullptr)))::value) struct allowed_unsafe_message_type<T> : std::true_type {
};

} // namespace caf
