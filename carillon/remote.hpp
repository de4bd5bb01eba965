#pragma once

// What another process of the C++ Actor Framework needs to reach a node by its `--caf-port`:
//
//     struct config : caf::actor_system_config {
//       config() { carillon::remote_engine::configure(*this); }
//     };
//     auto engine = carillon::remote_engine::connect(system, {.port = 7072, .key = "ck_…"});
//     auto receipt = (*engine)->publish(order_placed{…}).get();
//
// docs/remote.md explains it. Public, as carillon/carillon.hpp is.

#include "messages/codec/catalogue/catalogue.hpp"
#include "messages/remote/remote_engine.hpp"
