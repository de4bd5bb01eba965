#pragma once

// Everything that an application needs to embed the engine: its own event types, handlers and jobs,
// publishing, and the forms in which events come in and go out.
//
//     auto engine = carillon::engine::start(system, {.storage = {.url = "sqlite://data"}});
//     engine->subscribe<order_placed>("loyalty", on_order);
//     engine->publish(order_placed{…});
//
// docs/embedding.md explains it. The headers that this one reaches are public, and listed in
// cmake/public_headers.txt; all others are internal and not installed.

#include "base/problem.hpp"
#include "messages/access/claim.hpp"
#include "messages/access/event_digest.hpp"
#include "messages/actor_defaults.hpp"
#include "messages/ask.hpp"
#include "messages/codec/catalogue/catalogue.hpp"
#include "messages/codec/codec.hpp"
#include "messages/codec/described.hpp"
#include "messages/codec/event_json.hpp"
#include "messages/codec/payload_reader.hpp"
#include "messages/webhooks/signature.hpp"
#include "node/engine/engine.hpp"
