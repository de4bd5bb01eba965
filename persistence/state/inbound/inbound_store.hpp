#pragma once

#include "base/failure.hpp"
#include "messages/inbound/requests.hpp"

namespace carillon {

/// The part of the state store for providers of webhooks; see `state_store`.
class inbound_store {
public:
  virtual ~inbound_store() = default;

  virtual expected<inbound_records> list() = 0;
  virtual expected<inbound_record> put(const store_inbound& x, timestamp now) = 0;
  virtual expected<inbound_record> rotate(const rotate_inbound& x, timestamp now) = 0;
  virtual expected<void> remove(const delete_inbound& x, timestamp now) = 0;
};

} // namespace carillon
