#pragma once

#include <string>

namespace carillon::test {

/// An SQLite VFS over the default one whose disk fails on demand. One per process; the
/// files of every test share its faults. Thread-safe.
class faulty_vfs {
public:
  /// Registers it at first; returns its name, for `storage_options::vfs`.
  static std::string name();

  /// From now on, writes that make a file longer than it is fail as on a full disk, if the
  /// file's name contains `part`.
  static void fill_disk(const std::string& part = "");

  /// From now on, every write fails with an input/output error.
  static void break_writes(const std::string& part = "");

  /// From now on, every sync fails with an input/output error.
  static void break_syncs(const std::string& part = "");

  /// No more faults.
  static void heal();

  /// Number of failed operations since `heal`.
  static int failures();
};

/// Heals at the end of the scope.
struct healed_at_end {
  healed_at_end() = default;
  healed_at_end(const healed_at_end&) = delete;
  healed_at_end& operator=(const healed_at_end&) = delete;
  ~healed_at_end() {
    faulty_vfs::heal();
  }
};

} // namespace carillon::test
