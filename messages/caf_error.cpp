#include "messages/caf_error.hpp"

#include <caf/atom.hpp>
#include <caf/sec.hpp>

namespace carillon {

caf::error to_error(failure x) {
  return caf::make_error(x.code, std::move(x.detail), std::move(x.field));
}

failure to_failure(const caf::error& x) {
  if (x.category() == caf::atom("carillon")) {
    failure out{static_cast<ec>(x.code()), {}, {}};
    const auto& context = x.context();
    if (context.size() > 0 && context.match_element<std::string>(0))
      out.detail = context.get_as<std::string>(0);
    if (context.size() > 1 && context.match_element<std::string>(1))
      out.field = context.get_as<std::string>(1);
    return out;
  }
  if (x == caf::sec::request_timeout)
    return {ec::timeout, "the deadline passed before there was an answer", {}};
  if (x == caf::sec::request_receiver_down)
    return {ec::shutting_down, "the node is shutting down", {}};
  return {ec::internal, "an internal error occurred", {}};
}

} // namespace carillon
