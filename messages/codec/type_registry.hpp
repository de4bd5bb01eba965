#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

struct payload_view;

/// Registry entry of an event type. Immutable.
struct type_info {
  std::string name;
  /// Who sees it live unless the publisher names another audience.
  carillon::audience audience = carillon::audience::none;
  /// JSON Schema of `data`, see `compile_schema`: the registered one, if there is one.
  std::string schema;
  /// One of the catalogue or described in C++.
  bool described = false;
  /// The application registered a schema; if the type is described as well, events satisfy both.
  bool registered = false;
  /// JSON Schema of the description, of a type that is described and registered; else empty.
  std::string described_schema = {};
  /// Checks `data`; the failure names the field, e.g. `data.orderId`.
  std::function<expected<void>(const payload_view&)> check;
};

using type_info_ptr = std::shared_ptr<const type_info>;

/// The event types that this node knows. Thread-safe: look-ups take no lock,
/// changes replace a snapshot.
class type_registry {
public:
  /// Holds the whole catalogue from the start.
  type_registry();

  /// Null if the type is unknown.
  type_info_ptr find(std::string_view type) const;

  /// Adds a type of the application, described with Boost.Describe like those in
  /// `messages/catalogue/`; see `describe_type` in `messages/codec/described.hpp`.
  /// Errors: `conflict` if the name is taken by another description.
  expected<void> add(type_info type);

  /// Adds or replaces a type by its JSON Schema. A described type is extended: its events satisfy
  /// the description, which handlers read, and the schema, which may require more. Errors:
  /// `invalid_argument` (name, schema), `conflict` for a type that only the engine publishes and
  /// for a schema that contradicts the description.
  expected<void> add_schema(std::string_view type, carillon::audience audience,
                            std::string_view schema);

  /// The result that `add_schema` would give; nothing changes.
  expected<void> check_schema(std::string_view type, std::string_view schema) const;

  /// Removes a registered schema; a described type is again checked by its description alone.
  /// Errors: `not_found`, `conflict` for a described type without a schema of the application.
  expected<void> remove_schema(std::string_view type);

  /// All types, by name.
  std::vector<type_info_ptr> list() const;

private:
  using snapshot = std::map<std::string, type_info_ptr, std::less<>>;

  type_info_ptr description(std::string_view type) const;

  mutable std::mutex change_;
  /// By name, as they were described.
  snapshot descriptions_;
  std::atomic<std::shared_ptr<const snapshot>> types_;
};

} // namespace carillon
