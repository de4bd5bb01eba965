#include "persistence/sqlite/move/gathered_files.hpp"

#include <atomic>

namespace carillon::sqlite {

namespace {

class gathered_file : public segments::file {
public:
  gathered_file(std::unique_ptr<segments::file> under, uint64_t at_a_time,
                std::shared_ptr<std::atomic<int>> failed)
    : under_(std::move(under)), at_a_time_(at_a_time), failed_(std::move(failed)) {
  }

  int64_t read(uint64_t offset, std::span<char> out) noexcept override {
    return under_->read(offset, out);
  }

  int64_t write(uint64_t offset, std::string_view bytes) noexcept override {
    written_ += bytes.size();
    return under_->write(offset, bytes);
  }

  int sync() noexcept override {
    if (written_ < at_a_time_)
      return 0;
    written_ = 0;
    const int error = under_->sync();
    if (error != 0)
      *failed_ = error;
    return error;
  }

  int resize(uint64_t bytes) noexcept override {
    return under_->resize(bytes);
  }

  int64_t size() noexcept override {
    return under_->size();
  }

private:
  std::unique_ptr<segments::file> under_;
  uint64_t at_a_time_;
  std::shared_ptr<std::atomic<int>> failed_;
  std::atomic<uint64_t> written_{0};
};

class gathered_files : public segments::file_layer {
public:
  gathered_files(std::shared_ptr<segments::file_layer> under, uint64_t at_a_time,
                 std::shared_ptr<std::atomic<int>> failed)
    : under_(std::move(under)), at_a_time_(at_a_time), failed_(std::move(failed)) {
  }

  int open(const std::string& name, mode how, std::unique_ptr<segments::file>& out) override {
    std::unique_ptr<segments::file> opened;
    const int error = under_->open(name, how, opened);
    if (error == 0)
      out = std::make_unique<gathered_file>(std::move(opened), at_a_time_, failed_);
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
    return under_->sync_directory();
  }

  uint64_t random() override {
    return under_->random();
  }

  std::string path_of(const std::string& name) const override {
    return under_->path_of(name);
  }

private:
  std::shared_ptr<segments::file_layer> under_;
  uint64_t at_a_time_;
  std::shared_ptr<std::atomic<int>> failed_;
};

} // namespace

std::shared_ptr<segments::file_layer> gather_syncs(std::shared_ptr<segments::file_layer> files,
                                                   std::shared_ptr<std::atomic<int>> failed,
                                                   uint64_t bytes_at_a_time) {
  return std::make_shared<gathered_files>(std::move(files), bytes_at_a_time, std::move(failed));
}

int sync_all(segments::file_layer& files) {
  std::vector<std::string> names;
  if (const int error = files.list(names))
    return error;
  for (const auto& name : names) {
    std::unique_ptr<segments::file> x;
    int error = files.open(name, segments::file_layer::mode::write, x);
    if (error == 0)
      error = x->sync();
    if (error != 0)
      return error;
  }
  return files.sync_directory();
}

} // namespace carillon::sqlite
