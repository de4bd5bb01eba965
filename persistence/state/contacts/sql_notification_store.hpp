#pragma once

#include "persistence/state/contacts/notification_store.hpp"
#include "persistence/state/sql/effect_writer.hpp"
#include "persistence/state/sql/state_connection.hpp"

namespace carillon::sql {

/// Notifications in the application, in SQL.
class sql_notification_store final : public notification_store, public effect_writer {
public:
  explicit sql_notification_store(state_connection& db) noexcept : db_(db) {
  }

  std::vector<std::type_index> types() const override {
    return {typeid(notification_draft)};
  }

  void apply(const effects& x, timestamp now) override;

  expected<notification_list> list(const list_notifications& x) override;
  expected<notification> get(const get_notification& x) override;
  expected<uint64_t> read(const read_notifications& x, timestamp now) override;
  expected<notifications> unannounced(const unannounced_notifications& x) override;
  expected<void> note(const note_announced& x) override;
  expected<uint64_t> trim(const trim_notifications& x) override;

private:
  void notify(const notification_draft& x, timestamp now);
  expected<notification> find(const get_notification& x);
  uint64_t announced_to();

  state_connection& db_;
};

} // namespace carillon::sql
