// An order service with an engine inside:
//
//   shop DATA_DIRECTORY
//
// It publishes orders of its own type. One handler books them into a table of the service, in the
// transaction of its cursor, so that each order is booked once; another one is an actor. Run it
// twice: the second run finds its orders published and booked.

#include <carillon/carillon.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>
#include <thread>

using namespace std::chrono_literals;

// docs: begin
namespace shop {

/// An event type of the service.
struct order_placed {
  static constexpr std::string_view type = "shop.order_placed";
  static constexpr carillon::audience audience = carillon::audience::company;

  std::string company_id;
  std::string user_id;
  std::string order_id;
  int64_t cents = 0;
};

BOOST_DESCRIBE_STRUCT(order_placed, (), (company_id, user_id, order_id, cents))

} // namespace shop
// docs: end

// docs: begin
namespace shop {

/// A message of the service's own actors.
struct tally {
  uint64_t orders = 0;
  int64_t cents = 0;
};

template <class Inspector>
auto inspect(Inspector& f, tally& x) {
  return f(caf::meta::type_name("tally"), x.orders, x.cents);
}

} // namespace shop

// The engine's types come first.
CAF_BEGIN_TYPE_ID_BLOCK(shop, caf::id_block::carillon::end)

  CAF_ADD_TYPE_ID(shop, (shop::tally))

CAF_END_TYPE_ID_BLOCK(shop)
// docs: end

namespace shop {

// docs: begin
struct counter_state {
  counter_state() = default;
  tally sum;
};

/// A handler that is an actor: it gets deliveries as requests, and any reply means success.
caf::behavior counter(caf::stateful_actor<counter_state>* self) {
  return {
    [self](const carillon::delivery& x) -> caf::result<carillon::atom::done> {
      auto order = carillon::decode<order_placed>(x.event->data);
      if (!order)
        return carillon::to_error(order.error()); // tried again, and in the end a dead letter
      ++self->state.sum.orders;
      self->state.sum.cents += order->cents;
      return carillon::atom::done_v;
    },
    [self](caf::get_atom) { return self->state.sum; },
  };
}
// docs: end

// docs: begin
/// Steps towards the tables of the service. A step is never changed once it was released.
const std::vector<carillon::schema_step> schema{
  {1, "CREATE TABLE app_bookings (order_id TEXT PRIMARY KEY, cents BIGINT NOT NULL)"},
  {2, "CREATE TABLE app_revenue (company_id TEXT PRIMARY KEY, cents BIGINT NOT NULL)"},
};

/// The rows of an order. They commit with the cursor of the handler: once per event, whenever the
/// process dies.
void book(const order_placed& order, const carillon::event&, carillon::effects& out) {
  out.add(carillon::sql_statement{"INSERT INTO app_bookings (order_id, cents) VALUES (?1, ?2)",
                                  {order.order_id, order.cents}});
  out.add(carillon::sql_statement{"INSERT INTO app_revenue (company_id, cents) VALUES (?1, ?2) "
                                  "ON CONFLICT (company_id) DO UPDATE SET "
                                  "cents = app_revenue.cents + excluded.cents",
                                  {order.company_id, order.cents}});
}
// docs: end

/// The one number that the query finds; -1 without one. The service reads its tables by a
/// connection of its own.
int64_t number_in(const std::string& file, const char* query) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  int64_t out = -1;
  sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr);
  if (sqlite3_prepare_v2(db, query, -1, &statement, nullptr) == SQLITE_OK
      && sqlite3_step(statement) == SQLITE_ROW)
    out = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return out;
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(5ms);
  return condition();
}

int fail(const carillon::failure& x) {
  std::cerr << carillon::sentence_of(x.code) << ": " << x.detail << '\n';
  return 1;
}

int run(const std::string& directory) {
  // docs: begin
  caf::actor_system_config config;
  carillon::engine::configure(config);
  config.add_message_types<caf::id_block::shop>();
  caf::actor_system system{config};

  carillon::engine_options options;
  options.storage.url = "sqlite://" + directory;
  options.schema = schema;
  auto engine = carillon::engine::start(system, options);
  if (!engine)
    return fail(engine.error());

  // A new handler begins with new events, unless it says otherwise.
  carillon::consumer_policy from_the_beginning;
  from_the_beginning.start = carillon::start_at::beginning;
  auto booking = engine->subscribe_effects<order_placed>("booking", book, from_the_beginning);
  if (!booking)
    return fail(booking.error());

  auto counting = system.spawn(counter);
  if (auto added = engine->subscribe("counting", {"shop.*"}, counting); !added)
    return fail(added.error());
  // docs: end

  for (int n = 1; n <= 3; ++n) {
    // docs: begin
    const auto order = "o-" + std::to_string(n);
    auto receipt = engine->publish(
      order_placed{.company_id = "acme", .user_id = "u-7", .order_id = order, .cents = 1'000 * n},
      {.id = "placed/" + order}); // publishing it again stores nothing
    // docs: end
    if (!receipt)
      return fail(receipt.error());
    std::cout << order << " is event " << receipt->seq
              << (receipt->duplicate ? ", as before\n" : "\n");
  }

  const auto state = directory + "/state.db";
  const auto* booked = "SELECT count(*) FROM app_bookings";
  if (!eventually([&] { return number_in(state, booked) == 3; }))
    return fail({carillon::ec::timeout, "the orders are not booked", {}});
  std::cout << "booked: " << number_in(state, booked) << " orders, revenue "
            << number_in(state, "SELECT cents FROM app_revenue WHERE company_id = 'acme'")
            << " cents\n";

  caf::scoped_actor self{system, true};
  tally sum;
  const auto counted = [&] {
    self->request(counting, 5s, caf::get_atom_v)
      .receive([&](const tally& x) { sum = x; }, [](const caf::error&) {});
    return sum.orders;
  };
  eventually([&] { return counted() == 3; });
  std::cout << "counted in this run: " << sum.orders << " orders\n";
  return engine->stop() ? 0 : 1;
}

} // namespace shop

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: shop DATA_DIRECTORY\n";
    return 2;
  }
  return shop::run(argv[1]);
}
