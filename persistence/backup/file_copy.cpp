#include "persistence/backup/file_copy.hpp"

#include "base/crypto/sha256_stream.hpp"
#include "base/file/descriptor.hpp"
#include "base/text/hex.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace carillon {

namespace {

constexpr size_t piece_bytes = 1024UL * 1024;

failure file_fault(const char* what, const std::filesystem::path& path, int error) {
  return {error == ENOENT ? ec::not_found : ec::store_unavailable,
          std::string{what} + ' ' + path.string() + ": " + std::generic_category().message(error),
          {}};
}

bool all_zero(std::string_view x) noexcept {
  return x.find_first_not_of('\0') == std::string_view::npos;
}

/// Reads a file to its end, piece by piece. 0, or the error, also of `use`.
template <class F>
int read_pieces(int from, F use) {
  std::string piece(piece_bytes, '\0');
  for (;;) {
    const auto n = ::read(from, piece.data(), piece.size());
    if (n == 0)
      return 0;
    if (n < 0 && errno != EINTR)
      return errno;
    if (n < 0)
      continue;
    if (const int error = use(std::string_view{piece}.substr(0, static_cast<size_t>(n))))
      return error;
  }
}

descriptor open_to_read(const std::filesystem::path& file) {
  return descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
}

/// Leaves out pieces of zeros.
int write_piece(int to, std::string_view piece) {
  if (all_zero(piece))
    return ::lseek(to, static_cast<off_t>(piece.size()), SEEK_CUR) < 0 ? errno : 0;
  return write_all(to, piece);
}

} // namespace

expected<file_digest> digest_of(const std::filesystem::path& file, const bytes_read& tell) {
  const auto in = open_to_read(file);
  if (!in.is_open())
    return file_fault("cannot open", file, errno);
  file_digest out;
  sha256_stream hash;
  const int error = read_pieces(in.get(), [&](std::string_view piece) {
    hash.add(piece);
    out.bytes += piece.size();
    if (tell)
      tell(piece.size());
    return 0;
  });
  if (error != 0)
    return file_fault("cannot read", file, error);
  out.sha256 = to_hex(hash.finish());
  return out;
}

expected<file_digest> copy_durably(const std::filesystem::path& from,
                                   const std::filesystem::path& to, const bytes_read& tell) {
  const auto in = open_to_read(from);
  if (!in.is_open())
    return file_fault("cannot open", from, errno);
  file_digest out;
  sha256_stream hash;
  const int error = write_durably_by(to, [&](int file) {
    const int failed = read_pieces(in.get(), [&](std::string_view piece) {
      hash.add(piece);
      out.bytes += piece.size();
      if (tell)
        tell(piece.size());
      return write_piece(file, piece);
    });
    if (failed != 0)
      return failed;
    return ::ftruncate(file, static_cast<off_t>(out.bytes)) == 0 ? 0 : errno;
  });
  if (error != 0)
    return file_fault("cannot copy to", to, error);
  out.sha256 = to_hex(hash.finish());
  return out;
}

int write_durably_by(const std::filesystem::path& to, const std::function<int(int file)>& write) {
  const auto part = to.string() + ".part";
  ::unlink(part.c_str());
  const descriptor out{::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!out.is_open())
    return errno;
  int error = write(out.get());
  if (error == 0)
    error = out.sync();
  if (error == 0 && ::rename(part.c_str(), to.c_str()) != 0)
    error = errno;
  if (error != 0)
    ::unlink(part.c_str());
  return error;
}

expected<bool> link_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  ::unlink(to.c_str());
  if (::link(from.c_str(), to.c_str()) == 0)
    return true;
  switch (errno) {
  case EXDEV:
  case EPERM:
  case EACCES:
  case EMLINK:
  case ENOSYS:
  case EOPNOTSUPP:
    return false;
  default:
    return file_fault("cannot link", from, errno);
  }
}

} // namespace carillon
