#include "persistence/sqlite/state_store.hpp"

namespace carillon::sqlite {

sqlite_state_store::sqlite_state_store(connection_options options, std::shared_ptr<void> token)
  : options_(std::move(options)), token_(std::move(token)) {
}

expected<void> sqlite_state_store::connect() {
  return guarded([this]() -> expected<void> {
    connected();
    return {};
  });
}

sqlite_state_store::link& sqlite_state_store::connected() {
  if (!link_)
    link_ = std::make_unique<link>(options_);
  return *link_;
}

} // namespace carillon::sqlite
