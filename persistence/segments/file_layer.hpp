#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::segments {

/// A file of the log that is open. Reads may run beside one writer. No call throws.
class file {
public:
  file() = default;
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  virtual ~file() = default;

  /// Reads at an offset. Number of bytes, fewer than asked for at the end of the file or for no
  /// reason; 0 at the end; `-errno` if it fails.
  virtual int64_t read(uint64_t offset, std::span<char> out) noexcept = 0;

  /// Writes at an offset. Number of bytes, maybe fewer than given; `-errno` if it fails.
  virtual int64_t write(uint64_t offset, std::string_view bytes) noexcept = 0;

  /// Returns when what was written is on disk (fdatasync). 0, or the error. After an error nobody
  /// knows which of the pages are on disk, and the next call would not try them again.
  virtual int sync() noexcept = 0;

  /// Cuts the file, or lengthens it by room on disk that reads as zeros. 0, or the error.
  virtual int resize(uint64_t bytes) noexcept = 0;

  /// Length in bytes, or `-errno`.
  virtual int64_t size() noexcept = 0;
};

/// What the log needs of a file system, in one directory. Names are without a path. Tests put a
/// layer with faults in its place. Thread-safe. No call throws but for lack of memory.
class file_layer {
public:
  enum class mode : uint8_t { read, write, create };

  file_layer() = default;
  file_layer(const file_layer&) = delete;
  file_layer& operator=(const file_layer&) = delete;
  virtual ~file_layer() = default;

  /// Opens a file; `create` makes it, mode 0600, and fails if there is one. 0, or the error.
  virtual int open(const std::string& name, mode how, std::unique_ptr<file>& out) = 0;

  /// Names of the files. 0, or the error.
  virtual int list(std::vector<std::string>& out) = 0;

  /// Replaces a file that has the new name. 0, or the error.
  virtual int rename(const std::string& from, const std::string& to) noexcept = 0;

  /// 0, or the error.
  virtual int remove(const std::string& name) noexcept = 0;

  /// Makes names durable: those of files that were made, renamed or removed. 0, or the error.
  virtual int sync_directory() noexcept = 0;

  /// 64 random bits: what makes the content of a file its own.
  virtual uint64_t random() = 0;

  /// Path of a file, for operators.
  virtual std::string path_of(const std::string& name) const = 0;

  /// Whether the file has a second name, such as in a backup: its bytes are not to be changed then.
  virtual bool has_other_name(const std::string& /*name*/) noexcept {
    return false;
  }
};

/// A directory of the system, which exists.
std::shared_ptr<file_layer> files_in(std::string directory);

/// Writes all bytes, also in several goes. 0, or the error.
int write_all(file& to, uint64_t offset, std::string_view bytes) noexcept;

/// Syncs what was read and is to be shown. 0, or the error; file systems that are only read have
/// nothing to sync.
int sync_seen(file& x) noexcept;

/// Reads until `out` is full or the file ends. Number of bytes, or `-errno`.
int64_t read_all(file& from, uint64_t offset, std::span<char> out) noexcept;

} // namespace carillon::segments
