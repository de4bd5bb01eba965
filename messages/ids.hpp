#pragma once

#include "messages/caf_error.hpp"
#include "messages/local_message.hpp"
#include "messages/remote/messages.hpp"
#include "messages/remote/subscription_messages.hpp"

#include <caf/atom.hpp>
#include <caf/type_id.hpp>

// All types that may cross the wire. IDs are positional: append only.
CAF_BEGIN_TYPE_ID_BLOCK(carillon, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(carillon, (carillon::ec))

  CAF_ADD_ATOM(carillon, carillon::atom, acknowledge, "ack")
  CAF_ADD_ATOM(carillon, carillon::atom, attach, "attach")
  CAF_ADD_ATOM(carillon, carillon::atom, count, "count")
  CAF_ADD_ATOM(carillon, carillon::atom, detach, "detach")
  CAF_ADD_ATOM(carillon, carillon::atom, done, "done")
  CAF_ADD_ATOM(carillon, carillon::atom, drain, "drain")
  CAF_ADD_ATOM(carillon, carillon::atom, find, "find")
  CAF_ADD_ATOM(carillon, carillon::atom, flush, "flush")
  CAF_ADD_ATOM(carillon, carillon::atom, head, "head")
  CAF_ADD_ATOM(carillon, carillon::atom, indexed, "indexed")
  CAF_ADD_ATOM(carillon, carillon::atom, pause, "pause")
  CAF_ADD_ATOM(carillon, carillon::atom, restart, "restart")
  CAF_ADD_ATOM(carillon, carillon::atom, status, "status")
  CAF_ADD_ATOM(carillon, carillon::atom, tick, "tick")
  CAF_ADD_ATOM(carillon, carillon::atom, close, "close")
  CAF_ADD_ATOM(carillon, carillon::atom, closed, "closed")
  CAF_ADD_ATOM(carillon, carillon::atom, writable, "writable")
  CAF_ADD_ATOM(carillon, carillon::atom, replay, "replay")
  CAF_ADD_ATOM(carillon, carillon::atom, committed, "committed")
  CAF_ADD_ATOM(carillon, carillon::atom, enqueued, "enqueued")
  CAF_ADD_ATOM(carillon, carillon::atom, notified, "notified")
  CAF_ADD_ATOM(carillon, carillon::atom, room, "room")

  CAF_ADD_TYPE_ID(carillon, (carillon::remote_login))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_publish))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_receipt))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_receipts))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_query))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_page))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_subscribe))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_subscribed))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_events))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_acknowledge))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_unsubscribe))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_acknowledged))
  CAF_ADD_TYPE_ID(carillon, (carillon::remote_ended))

CAF_END_TYPE_ID_BLOCK(carillon)
