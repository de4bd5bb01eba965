#include "actors/evidence/leaf_handler.hpp"

namespace carillon {

void leaf_handler::handle(const event& x, effects& out) {
  out.add(event_leaf{x.seq, hasher_(x)});
}

} // namespace carillon
