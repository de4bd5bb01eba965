#pragma once

#include "persistence/sqlite/connection.hpp"
#include "persistence/state/state_table.hpp"

#include <functional>
#include <string>
#include <vector>

namespace carillon::sqlite {

/// All tables of a `state.db` as JSON, in one snapshot. One thread; calls throw.
class state_export {
public:
  explicit state_export(const std::filesystem::path& file);

  const std::vector<state_table>& tables() const noexcept {
    return tables_;
  }

  /// Calls `f` with arrays of at most about 1 MiB, of objects with a member for each column; blobs
  /// are hex, after `\x`.
  void read(const state_table& x,
            const std::function<void(const std::string& rows, uint64_t count)>& f);

private:
  state_table table_of(std::string name);
  int64_t ask(const std::string& sql);

  connection db_;
  transaction snapshot_;
  std::vector<state_table> tables_;
};

} // namespace carillon::sqlite
