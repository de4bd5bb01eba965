#pragma once

#include "persistence/segments/file_layer.hpp"

#include <atomic>
#include <cerrno>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace carillon::test {

/// Files of a directory whose disk fails on demand. Thread-safe.
class failing_files : public segments::file_layer {
public:
  enum class fault : uint8_t {
    none,
    /// No file can be made or made longer.
    full,
    writes,
    /// Of files and of the directory.
    syncs,
    file_syncs,
  };

  explicit failing_files(std::string directory) : under_(segments::files_in(std::move(directory))) {
  }

  /// @param times how often, before all is well again
  void fail(fault x, int times = std::numeric_limits<int>::max()) noexcept {
    state_->what = x;
    state_->failures = 0;
    state_->most = times;
  }

  int failures() const noexcept {
    return state_->failures;
  }

  int open(const std::string& name, mode how, std::unique_ptr<segments::file>& out) override {
    if (how == mode::create && state_->fails(fault::full))
      return ENOSPC;
    std::unique_ptr<segments::file> x;
    const int error = under_->open(name, how, x);
    if (error == 0)
      out = std::make_unique<failing_file>(std::move(x), state_);
    return error;
  }

  int list(std::vector<std::string>& out) override {
    return under_->list(out);
  }

  int rename(const std::string& from, const std::string& to) noexcept override {
    return under_->rename(from, to);
  }

  int remove(const std::string& name) noexcept override {
    return under_->remove(name);
  }

  int sync_directory() noexcept override {
    return state_->fails(fault::syncs) ? EIO : under_->sync_directory();
  }

  uint64_t random() override {
    return under_->random();
  }

  std::string path_of(const std::string& name) const override {
    return under_->path_of(name);
  }

private:
  struct faults {
    bool fails(fault x) noexcept {
      if (what != x || failures >= most)
        return false;
      ++failures;
      return true;
    }

    std::atomic<fault> what{fault::none};
    std::atomic<int> failures{0};
    std::atomic<int> most{0};
  };

  class failing_file : public segments::file {
  public:
    failing_file(std::unique_ptr<segments::file> under, std::shared_ptr<faults> state)
      : under_(std::move(under)), state_(std::move(state)) {
    }

    int64_t read(uint64_t offset, std::span<char> out) noexcept override {
      return under_->read(offset, out);
    }

    int64_t write(uint64_t offset, std::string_view bytes) noexcept override {
      if (state_->fails(fault::writes))
        return -EIO;
      const auto end = static_cast<int64_t>(offset + bytes.size());
      return end > under_->size() && state_->fails(fault::full) ? -ENOSPC
                                                                : under_->write(offset, bytes);
    }

    int sync() noexcept override {
      return state_->fails(fault::syncs) || state_->fails(fault::file_syncs) ? EIO : under_->sync();
    }

    int resize(uint64_t bytes) noexcept override {
      return static_cast<int64_t>(bytes) > under_->size() && state_->fails(fault::full)
               ? ENOSPC
               : under_->resize(bytes);
    }

    int64_t size() noexcept override {
      return under_->size();
    }

  private:
    std::unique_ptr<segments::file> under_;
    std::shared_ptr<faults> state_;
  };

  std::shared_ptr<segments::file_layer> under_;
  std::shared_ptr<faults> state_ = std::make_shared<faults>();
};

} // namespace carillon::test
