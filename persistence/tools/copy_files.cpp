#include "persistence/tools/copy_files.hpp"

#include "base/file/private_files.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

namespace carillon {

namespace {

namespace fs = std::filesystem;

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
    std::vector<fs::path> keys;
    for (const auto* name : {"node.key", "evidence.key"})
      if (fs::exists(from / name))
        keys.emplace_back(name);
    const uint64_t total = documents.size() + keys.size();
    uint64_t done = 0;
    for (const auto& name : keys) {
      const auto key = from / name;
      const auto new_key = to / name;
      if (fs::exists(new_key) && content_of(new_key) != content_of(key))
        return failure{ec::conflict, new_key.string() + " is another key than " + key.string(), {}};
      copy_one(key, new_key);
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
