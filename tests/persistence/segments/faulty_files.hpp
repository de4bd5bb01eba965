#pragma once

#include "persistence/segments/file_layer.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace carillon::test {

/// Chances of faults, 0–1000 of a thousand calls.
struct disk_faults {
  unsigned short_write = 0;
  unsigned short_read = 0;
  unsigned failed_write = 0;
  /// A sync that fails: some of its sectors are on disk, and no later sync tries the others.
  unsigned failed_sync = 0;
  unsigned failed_directory = 0;
  /// No room for a new or longer file.
  unsigned full = 0;
};

/// A disk in memory with a cache before it, which loses, tears and reorders what was not synced
/// when the power fails. Sectors of 512 bytes are written whole or not at all. One thread uses it.
class faulty_files : public segments::file_layer {
public:
  explicit faulty_files(uint32_t seed) : random_(seed) {
  }

  int open(const std::string& name, mode how, std::unique_ptr<segments::file>& out) override;
  int list(std::vector<std::string>& out) override;
  int rename(const std::string& from, const std::string& to) noexcept override;
  int remove(const std::string& name) noexcept override;
  int sync_directory() noexcept override;
  uint64_t random() override;
  std::string path_of(const std::string& name) const override;

  disk_faults faults;

  /// The power fails: what was synced is there, of the rest a part. Names since the last sync of
  /// the directory are those of some moment since then.
  void cut_power();

  /// Flips bits of a byte, on the disk and in the cache.
  void flip(const std::string& name, uint64_t offset, unsigned char bits);

  std::string content(const std::string& name) const;
  void put(const std::string& name, std::string content);
  bool has(const std::string& name) const;

  /// Number of faults so far.
  uint64_t fault_count = 0;
  /// Of files that were opened, and of bytes that were read of them.
  uint64_t open_count = 0;
  uint64_t read_bytes = 0;

private:
  friend class faulty_file;

  struct inode {
    std::string cached;
    std::string durable;
    std::set<uint64_t> dirty;
  };

  using names = std::map<std::string, std::shared_ptr<inode>>;

  bool happens(unsigned of_a_thousand);
  void changed_names();
  void write_some(inode& x);

  std::mt19937 random_;
  names cached_;
  /// Names on disk, and those after each change since.
  std::vector<names> durable_{names{}};
};

} // namespace carillon::test
