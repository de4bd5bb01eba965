#include "base/file/key_file.hpp"

#include "base/file/descriptor.hpp"
#include "base/text/base64.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

namespace carillon {

namespace {

failure key_unavailable(const char* what, const std::string& path, int error) {
  return {ec::store_unavailable,
          std::string{what} + " the key file " + path + ": "
            + std::generic_category().message(error),
          {}};
}

/// Whether others than its owner may use the file, or a group that does not need to. A file without
/// write permissions comes from a secret volume, which lets the group of the process read it.
bool is_shared(mode_t mode) {
  constexpr mode_t writers = S_IWUSR | S_IWGRP | S_IWOTH;
  const mode_t for_group = (mode & writers) == 0 ? S_IRGRP : mode_t{0};
  return (mode & (S_IRWXG | S_IRWXO) & ~for_group) != 0;
}

/// Size limit of a file: base64 and a line end.
constexpr size_t most_bytes(size_t bytes) {
  return (bytes + 2) / 3 * 4 + 2;
}

/// Null if the file may hold a key of that size and only its owner may use it.
std::optional<failure> fault_of(const struct stat& x, const std::string& path, size_t bytes) {
  if (!S_ISREG(x.st_mode))
    return failure{ec::store_corrupt, "the key file " + path + " is not a regular file", {}};
  if (is_shared(x.st_mode))
    return failure{ec::forbidden,
                   "the key file " + path
                     + " may be used by its group or by others; make it private (chmod 600, or 440 "
                       "where only its group lets us in), and "
                       "replace the secrets that it protects if somebody may have read it",
                   {}};
  if (static_cast<size_t>(x.st_size) < bytes || static_cast<size_t>(x.st_size) > most_bytes(bytes))
    return failure{ec::store_corrupt,
                   "the key file " + path + " has " + std::to_string(x.st_size) + " bytes, not "
                     + std::to_string(bytes)
                     + ", nor the base64 of so many; restore it from a backup",
                   {}};
  return std::nullopt;
}

/// The key in what a file holds: itself, or its base64.
expected<std::string> key_in(std::string text, const std::string& path, size_t bytes) {
  if (text.size() == bytes)
    return text;
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.pop_back();
  auto key = from_base64(text);
  OPENSSL_cleanse(text.data(), text.size());
  if (!key || key->size() != bytes)
    return failure{ec::store_corrupt,
                   "the key file " + path + " holds neither " + std::to_string(bytes)
                     + " bytes nor their base64; restore it from a backup",
                   {}};
  return std::move(*key);
}

/// The key; empty if there is no such file.
expected<std::optional<std::string>> read_key(const std::string& path, size_t bytes) {
  // Without O_NONBLOCK a pipe in its place would keep us waiting.
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file.is_open()) {
    if (errno == ENOENT)
      return std::optional<std::string>{};
    return key_unavailable("cannot read", path, errno);
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0)
    return key_unavailable("cannot read", path, errno);
  if (auto fault = fault_of(info, path, bytes))
    return *fault;
  std::string text(static_cast<size_t>(info.st_size), '\0');
  const auto n = ::pread(file.get(), text.data(), text.size(), 0);
  if (n != static_cast<ssize_t>(text.size()))
    return key_unavailable("cannot read", path, n < 0 ? errno : EIO);
  auto key = key_in(std::move(text), path, bytes);
  if (!key)
    return key.error();
  return std::optional{std::move(*key)};
}

/// Writes a new key to a new file, and to the disk.
expected<void> write_key(const std::string& path, size_t bytes) {
  std::string key(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) != 1)
    return failure{ec::internal, "the system has no randomness for a key", {}};
  const descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file.is_open())
    return key_unavailable("cannot make", path, errno);
  if (auto error = write_all(file.get(), key))
    return key_unavailable("cannot write", path, error);
  if (::fchmod(file.get(), 0600) != 0)
    return key_unavailable("cannot write", path, errno);
  if (auto error = file.sync())
    return key_unavailable("cannot write", path, error);
  return {};
}

expected<void> sync_directory_of(const std::string& path) {
  auto directory = std::filesystem::path{path}.parent_path();
  if (directory.empty())
    directory = ".";
  if (auto error = sync_directory(directory.c_str()))
    return key_unavailable("cannot write the directory of", path, error);
  return {};
}

/// Leaves a file at the path, ours or that of a faster process.
expected<void> make_key(const std::string& path, size_t bytes) {
  // A new name for each try, so that a crash's leftovers do not matter.
  std::string random(8, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(random.size()))
      != 1)
    return failure{ec::internal, "the system has no randomness for a key", {}};
  auto draft = path + ".new-";
  for (const char c : random)
    draft.push_back(static_cast<char>('a' + (static_cast<unsigned char>(c) & 15)));
  auto done = write_key(draft, bytes);
  // Unlike a rename, a link never replaces what is there.
  if (done && ::link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST)
    done = key_unavailable("cannot make", path, errno);
  ::unlink(draft.c_str());
  return done ? sync_directory_of(path) : done;
}

} // namespace

expected<std::string> read_or_make_key_file(const std::string& path, size_t bytes) {
  auto key = read_key(path, bytes);
  if (key && !*key) {
    if (auto made = make_key(path, bytes); !made)
      return made.error();
    key = read_key(path, bytes);
  }
  if (!key)
    return key.error();
  if (!*key)
    return key_unavailable("cannot read", path, ENOENT);
  return std::move(**key);
}

} // namespace carillon
