#include "persistence/tools/copy_files.hpp"

#include "base/file/private_files.hpp"

#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

namespace carillon {

namespace {

namespace fs = std::filesystem;

/// A file of which an installation has one.
struct own_file {
  const char* name;
  /// Between the names of two with other contents.
  const char* differs;
};

constexpr std::array own_files{
  own_file{"node.key", " is another key than "},
  own_file{"evidence.key", " is another key than "},
  own_file{"installation", " is of another installation than "},
};

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// A file has its name only when it is complete.
void copy_one(const fs::path& from, const fs::path& to) {
  if (fs::exists(to) && fs::file_size(to) == fs::file_size(from))
    return;
  auto part = to;
  part += ".part";
  fs::copy_file(from, part, fs::copy_options::overwrite_existing);
  fs::permissions(part, fs::perms::owner_read | fs::perms::owner_write);
  fs::rename(part, to);
}

std::vector<fs::path> documents_in(const fs::path& directory) {
  std::vector<fs::path> out;
  if (fs::exists(directory))
    for (const auto& x : fs::directory_iterator{directory})
      if (x.is_regular_file() && x.path().extension() == ".pdf")
        out.push_back(x.path());
  return out;
}

} // namespace

expected<uint64_t> copy_files(const fs::path& from, const fs::path& to,
                              const std::function<void(uint64_t, uint64_t)>& report) {
  try {
    for (const auto& directory : {to, to / "documents"})
      if (auto made = make_private_directory(directory); !made)
        return made.error();
    auto documents = documents_in(from / "documents");
    std::vector<own_file> own;
    for (const auto& x : own_files)
      if (fs::exists(from / x.name))
        own.push_back(x);
    const uint64_t total = documents.size() + own.size();
    uint64_t done = 0;
    for (const auto& x : own) {
      const auto here = from / x.name;
      const auto there = to / x.name;
      if (fs::exists(there) && content_of(there) != content_of(here))
        return failure{ec::conflict, there.string() + x.differs + here.string(), {}};
      copy_one(here, there);
      report(++done, total);
    }
    for (const auto& x : documents) {
      copy_one(x, to / "documents" / x.filename());
      report(++done, total);
    }
    return total;
  } catch (const fs::filesystem_error& x) {
    return failure{ec::store_unavailable, x.what(), {}};
  }
}

} // namespace carillon
