#include "tests/persistence/segments/faulty_files.hpp"

#include <algorithm>
#include <cerrno>

namespace carillon::test {

namespace {

constexpr uint64_t sector_bytes = 512;

} // namespace

class faulty_file : public segments::file {
public:
  faulty_file(faulty_files& disk, std::shared_ptr<faulty_files::inode> x, bool writes)
    : disk_(disk), inode_(std::move(x)), writes_(writes) {
  }

  int64_t read(uint64_t offset, std::span<char> out) noexcept override {
    const auto& from = inode_->cached;
    if (offset >= from.size())
      return 0;
    auto n = std::min<uint64_t>(out.size(), from.size() - offset);
    if (n > 1 && disk_.happens(disk_.faults.short_read))
      n = 1 + disk_.random_() % (n - 1);
    from.copy(out.data(), n, offset);
    disk_.read_bytes += n;
    return static_cast<int64_t>(n);
  }

  int64_t write(uint64_t offset, std::string_view bytes) noexcept override {
    if (!writes_)
      return -EBADF;
    if (disk_.happens(disk_.faults.failed_write))
      return -EIO;
    auto n = bytes.size();
    if (n > 1 && disk_.happens(disk_.faults.short_write))
      n = 1 + disk_.random_() % (n - 1);
    auto& to = inode_->cached;
    if (to.size() < offset + n) {
      if (disk_.happens(disk_.faults.full))
        return -ENOSPC;
      to.resize(offset + n);
    }
    to.replace(offset, n, bytes.substr(0, n));
    for (auto s = offset / sector_bytes; s <= (offset + n - 1) / sector_bytes; ++s)
      inode_->dirty.insert(s);
    return static_cast<int64_t>(n);
  }

  int sync() noexcept override {
    if (disk_.happens(disk_.faults.failed_sync)) {
      disk_.write_some(*inode_);
      inode_->dirty.clear();
      return EIO;
    }
    auto& x = *inode_;
    x.durable.resize(x.cached.size());
    for (const auto s : x.dirty)
      if (s * sector_bytes < x.cached.size())
        x.durable.replace(s * sector_bytes, sector_bytes, x.cached, s * sector_bytes, sector_bytes);
    x.dirty.clear();
    return 0;
  }

  int resize(uint64_t bytes) noexcept override {
    if (bytes > inode_->cached.size() && disk_.happens(disk_.faults.full))
      return ENOSPC;
    inode_->cached.resize(bytes);
    return 0;
  }

  int64_t size() noexcept override {
    return static_cast<int64_t>(inode_->cached.size());
  }

private:
  faulty_files& disk_;
  std::shared_ptr<faulty_files::inode> inode_;
  bool writes_;
};

bool faulty_files::happens(unsigned of_a_thousand) {
  const bool out = of_a_thousand != 0 && random_() % 1000 < of_a_thousand;
  fault_count += out ? 1 : 0;
  return out;
}

void faulty_files::changed_names() {
  durable_.push_back(cached_);
}

void faulty_files::write_some(inode& x) {
  // The length goes to disk or not; sectors go each by itself.
  if (random_() % 2 == 0)
    x.durable.resize(x.cached.size());
  const auto chance = random_() % 101;
  for (const auto s : x.dirty) {
    const auto at = s * sector_bytes;
    const auto end = std::min<uint64_t>({at + sector_bytes, x.durable.size(), x.cached.size()});
    if (random_() % 100 < chance && at < end)
      x.durable.replace(at, end - at, x.cached, at, end - at);
  }
}

int faulty_files::open(const std::string& name, mode how, std::unique_ptr<segments::file>& out) {
  auto at = cached_.find(name);
  if (how == mode::create) {
    if (at != cached_.end())
      return EEXIST;
    if (happens(faults.full))
      return ENOSPC;
    at = cached_.emplace(name, std::make_shared<inode>()).first;
    changed_names();
  }
  if (at == cached_.end())
    return ENOENT;
  ++open_count;
  out = std::make_unique<faulty_file>(*this, at->second, how != mode::read);
  return 0;
}

int faulty_files::list(std::vector<std::string>& out) {
  for (const auto& [name, x] : cached_)
    out.push_back(name);
  return 0;
}

int faulty_files::rename(const std::string& from, const std::string& to) noexcept {
  const auto at = cached_.find(from);
  if (at == cached_.end())
    return ENOENT;
  if (happens(faults.failed_directory))
    return EIO;
  cached_[to] = at->second;
  cached_.erase(from);
  changed_names();
  return 0;
}

int faulty_files::remove(const std::string& name) noexcept {
  if (cached_.erase(name) == 0)
    return ENOENT;
  changed_names();
  return 0;
}

int faulty_files::sync_directory() noexcept {
  if (happens(faults.failed_directory))
    return EIO;
  durable_ = {cached_};
  return 0;
}

uint64_t faulty_files::random() {
  return (uint64_t{random_()} << 32) | random_();
}

std::string faulty_files::path_of(const std::string& name) const {
  return "log/" + name;
}

void faulty_files::cut_power() {
  const auto now = durable_[random_() % durable_.size()];
  std::set<inode*> done;
  for (const auto& [name, x] : now) {
    if (!done.insert(x.get()).second)
      continue;
    write_some(*x);
    x->dirty.clear();
    x->cached = x->durable;
  }
  cached_ = now;
  durable_ = {now};
}

void faulty_files::flip(const std::string& name, uint64_t offset, unsigned char bits) {
  auto& x = *cached_.at(name);
  for (auto* bytes : {&x.cached, &x.durable})
    if (offset < bytes->size())
      (*bytes)[offset] = static_cast<char>(static_cast<unsigned char>((*bytes)[offset]) ^ bits);
}

std::string faulty_files::content(const std::string& name) const {
  return cached_.at(name)->cached;
}

void faulty_files::put(const std::string& name, std::string content) {
  auto& x = cached_[name];
  x = std::make_shared<inode>();
  x->cached = content;
  x->durable = std::move(content);
  durable_ = {cached_};
}

bool faulty_files::has(const std::string& name) const {
  return cached_.contains(name);
}

} // namespace carillon::test
