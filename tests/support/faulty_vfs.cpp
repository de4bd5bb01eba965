#include "tests/support/faulty_vfs.hpp"

#include <sqlite3.h>

#include <atomic>
#include <mutex>
#include <new>

namespace carillon::test {

namespace {

enum class fault { none, full, writes, syncs };

struct faults {
  std::mutex lock;
  std::string part;
  std::atomic<fault> what{fault::none};
  std::atomic<int> failures{0};

  bool hits(fault f, const std::string& file) {
    if (what != f)
      return false;
    const std::lock_guard guard{lock};
    if (file.find(part) == std::string::npos)
      return false;
    ++failures;
    return true;
  }

  void set(fault f, const std::string& p) {
    const std::lock_guard guard{lock};
    part = p;
    what = f;
  }
};

faults& all_faults() {
  static faults x;
  return x;
}

sqlite3_vfs* real_vfs() {
  static sqlite3_vfs* const x = sqlite3_vfs_find(nullptr);
  return x;
}

/// An open file; the real one follows it in memory.
struct faulty_file {
  sqlite3_file base;
  std::string* name;

  sqlite3_file* real() {
    return reinterpret_cast<sqlite3_file*>(this + 1);
  }
};

faulty_file* of(sqlite3_file* f) {
  return reinterpret_cast<faulty_file*>(f);
}

int close_file(sqlite3_file* f) {
  auto* x = of(f);
  const int code = x->real()->pMethods != nullptr ? x->real()->pMethods->xClose(x->real()) : 0;
  delete x->name;
  x->name = nullptr;
  return code;
}

int write_file(sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
  auto* x = of(f);
  auto& faults = all_faults();
  if (faults.hits(fault::writes, *x->name))
    return SQLITE_IOERR_WRITE;
  if (faults.what == fault::full) {
    sqlite3_int64 length = 0;
    x->real()->pMethods->xFileSize(x->real(), &length);
    if (at + size > length && faults.hits(fault::full, *x->name))
      return SQLITE_FULL;
  }
  return x->real()->pMethods->xWrite(x->real(), data, size, at);
}

int sync_file(sqlite3_file* f, int flags) {
  auto* x = of(f);
  if (all_faults().hits(fault::syncs, *x->name))
    return SQLITE_IOERR_FSYNC;
  return x->real()->pMethods->xSync(x->real(), flags);
}

/// Calls the same method of the real file.
template <auto Method, class... Ts>
auto pass(sqlite3_file* f, Ts... xs) {
  auto* real = of(f)->real();
  return (real->pMethods->*Method)(real, xs...);
}

const sqlite3_io_methods& methods() {
  using m = sqlite3_io_methods;
  static const sqlite3_io_methods all{
    .iVersion = 2,
    .xClose = close_file,
    .xRead = [](sqlite3_file* f, void* p, int n,
                sqlite3_int64 at) { return pass<&m::xRead>(f, p, n, at); },
    .xWrite = write_file,
    .xTruncate = [](sqlite3_file* f, sqlite3_int64 n) { return pass<&m::xTruncate>(f, n); },
    .xSync = sync_file,
    .xFileSize = [](sqlite3_file* f, sqlite3_int64* n) { return pass<&m::xFileSize>(f, n); },
    .xLock = [](sqlite3_file* f, int x) { return pass<&m::xLock>(f, x); },
    .xUnlock = [](sqlite3_file* f, int x) { return pass<&m::xUnlock>(f, x); },
    .xCheckReservedLock
    = [](sqlite3_file* f, int* x) { return pass<&m::xCheckReservedLock>(f, x); },
    .xFileControl
    = [](sqlite3_file* f, int op, void* x) { return pass<&m::xFileControl>(f, op, x); },
    .xSectorSize = [](sqlite3_file* f) { return pass<&m::xSectorSize>(f); },
    .xDeviceCharacteristics = [](sqlite3_file* f) { return pass<&m::xDeviceCharacteristics>(f); },
    .xShmMap = [](sqlite3_file* f, int page, int size, int extend,
                  void volatile** p) { return pass<&m::xShmMap>(f, page, size, extend, p); },
    .xShmLock
    = [](sqlite3_file* f, int at, int n, int flags) { return pass<&m::xShmLock>(f, at, n, flags); },
    .xShmBarrier = [](sqlite3_file* f) { pass<&m::xShmBarrier>(f); },
    .xShmUnmap = [](sqlite3_file* f, int erase) { return pass<&m::xShmUnmap>(f, erase); },
    .xFetch = nullptr,
    .xUnfetch = nullptr,
  };
  return all;
}

int open_file(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* f, int flags, int* out_flags) {
  auto* x = of(f);
  x->base.pMethods = nullptr;
  x->name = new (std::nothrow) std::string{name != nullptr ? name : ""};
  if (x->name == nullptr)
    return SQLITE_NOMEM;
  const int code = real_vfs()->xOpen(real_vfs(), name, x->real(), flags, out_flags);
  if (code == SQLITE_OK)
    x->base.pMethods = &methods();
  else
    delete x->name;
  return code;
}

} // namespace

std::string faulty_vfs::name() {
  static sqlite3_vfs vfs = [] {
    auto x = *real_vfs();
    x.zName = "faulty";
    x.szOsFile += static_cast<int>(sizeof(faulty_file));
    x.pNext = nullptr;
    x.xOpen = open_file;
    return x;
  }();
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  return registered == SQLITE_OK ? vfs.zName : "";
}

void faulty_vfs::fill_disk(const std::string& part) {
  all_faults().set(fault::full, part);
}

void faulty_vfs::break_writes(const std::string& part) {
  all_faults().set(fault::writes, part);
}

void faulty_vfs::break_syncs(const std::string& part) {
  all_faults().set(fault::syncs, part);
}

void faulty_vfs::heal() {
  all_faults().set(fault::none, "");
  all_faults().failures = 0;
}

int faulty_vfs::failures() {
  return all_faults().failures;
}

} // namespace carillon::test
