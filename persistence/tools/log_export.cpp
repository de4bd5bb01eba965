#include "persistence/tools/log_export.hpp"

#include "base/file/descriptor.hpp"
#include "base/file/private_files.hpp"
#include "messages/codec/codec.hpp"
#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/statement.hpp"

#include <SQLiteCpp/Database.h>

#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <system_error>

namespace carillon {

namespace {

namespace fs = std::filesystem;

constexpr size_t export_buffer_bytes = 1024UL * 1024;
constexpr size_t export_page_events = 8'192;
constexpr size_t export_page_bytes = 16UL * 1024 * 1024;

failure cannot_write(const std::string& file, int error) {
  return {ec::store_unavailable, file + ": " + std::generic_category().message(error), {}};
}

/// Where exported events go. Calls may throw what SQLite throws.
class export_target {
public:
  virtual ~export_target() = default;
  virtual expected<void> add(const event& x) = 0;
  virtual expected<void> finish() = 0;
};

/// A file of lines.
class line_file : public export_target {
public:
  explicit line_file(std::string file)
    : file_(std::move(file)), out_(::open(file_.c_str(), O_WRONLY | O_CLOEXEC)) {
  }

  expected<void> finish() override {
    if (auto written = flush(); !written)
      return written;
    if (const int error = out_.sync())
      return cannot_write(file_, error);
    return {};
  }

protected:
  std::string& text() noexcept {
    return text_;
  }

  /// After each line.
  expected<void> end_line() {
    return text_.size() < export_buffer_bytes ? expected<void>{} : flush();
  }

private:
  expected<void> flush() {
    const int error = out_.is_open() ? write_all(out_.get(), text_) : errno;
    text_.clear();
    return error == 0 ? expected<void>{} : cannot_write(file_, error);
  }

  std::string file_;
  descriptor out_;
  std::string text_;
};

class ndjson_file : public line_file {
public:
  using line_file::line_file;

  expected<void> add(const event& x) override {
    text() += json_of(x);
    text() += '\n';
    return end_line();
  }
};

class csv_file : public line_file {
public:
  explicit csv_file(std::string file) : line_file(std::move(file)) {
    text() = "seq,type,time,company_id,user_id,correlation_id,id,source,recorded_at,causation_id,"
             "traceparent,audience,metadata,data,hops\r\n";
  }

  expected<void> add(const event& x) override {
    const auto time = to_rfc3339(x.time);
    const auto recorded_at = to_rfc3339(x.recorded_at);
    text() += std::to_string(x.seq);
    for (const std::string_view field :
         {std::string_view{x.type}, std::string_view{time}, std::string_view{x.company_id},
          std::string_view{x.user_id}, std::string_view{x.correlation_id}, std::string_view{x.id},
          std::string_view{x.source}, std::string_view{recorded_at},
          std::string_view{x.causation_id}, std::string_view{x.traceparent}, name_of(x.audience),
          std::string_view{x.metadata}, std::string_view{x.data}})
      add_field(field);
    text() += ',' + std::to_string(x.hops) + "\r\n";
    return end_line();
  }

private:
  void add_field(std::string_view x) {
    text() += ',';
    if (x.find_first_of(",\"\r\n") == std::string_view::npos) {
      text() += x;
      return;
    }
    text() += '"';
    for (const char c : x)
      text().append(c == '"' ? 2 : 1, c);
    text() += '"';
  }
};

/// The table of the log as earlier versions had it, and PostgreSQL has it.
class sqlite_file : public export_target {
public:
  explicit sqlite_file(const std::string& file) : file_(file), db_(file, SQLite::OPEN_READWRITE) {
    // Nobody sees the file before it is complete and synced.
    db_.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
             "CREATE TABLE event_log (seq INTEGER PRIMARY KEY, type TEXT NOT NULL, "
             "time INTEGER NOT NULL, company_id TEXT NOT NULL, user_id TEXT NOT NULL, "
             "correlation_id TEXT NOT NULL, id TEXT NOT NULL, source TEXT NOT NULL, "
             "recorded_at INTEGER NOT NULL, causation_id TEXT NOT NULL, traceparent TEXT NOT NULL, "
             "audience INTEGER NOT NULL, metadata TEXT NOT NULL, data TEXT NOT NULL, "
             "hops INTEGER NOT NULL); BEGIN");
    insert_ = std::make_unique<sqlite::statement>(
      db_.getHandle(),
      "INSERT INTO event_log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
      "?15)");
  }

  expected<void> add(const event& x) override {
    const auto view = [](const std::string& text) { return std::string_view{text}; };
    insert_->bind_all(x.seq, view(x.type), to_micros(x.time), view(x.company_id), view(x.user_id),
                      view(x.correlation_id), view(x.id), view(x.source), to_micros(x.recorded_at),
                      view(x.causation_id), view(x.traceparent), static_cast<int64_t>(x.audience),
                      view(x.metadata), view(x.data), static_cast<int64_t>(x.hops));
    sqlite::rows{*insert_}.next();
    return {};
  }

  expected<void> finish() override {
    insert_.reset();
    db_.exec("CREATE INDEX event_log_id ON event_log (id, source, company_id); COMMIT");
    const descriptor written{::open(file_.c_str(), O_RDONLY | O_CLOEXEC)};
    if (const int error = written.is_open() ? written.sync() : errno)
      return cannot_write(file_, error);
    return {};
  }

private:
  std::string file_;
  SQLite::Database db_;
  std::unique_ptr<sqlite::statement> insert_;
};

std::unique_ptr<export_target> make_target(export_format format, const std::string& file) {
  switch (format) {
  case export_format::ndjson:
    return std::make_unique<ndjson_file>(file);
  case export_format::csv:
    return std::make_unique<csv_file>(file);
  case export_format::sqlite:
    break;
  }
  return std::make_unique<sqlite_file>(file);
}

expected<uint64_t> write_events(event_log& log, const export_request& x, export_target& to,
                                const std::function<void(uint64_t, uint64_t)>& report) {
  const auto head = log.head();
  if (!head)
    return head.error();
  uint64_t count = 0;
  for (auto at = x.after; at < *head;) {
    const auto page = log.read({.after = at,
                                .filter = x.filter,
                                .limit = std::min<size_t>(export_page_events, *head - at),
                                .bytes = export_page_bytes});
    if (!page)
      return page.error();
    if (page->scanned_to == at)
      break;
    for (const auto& event : page->events) {
      // Few of many: a page of them may reach beyond what was there at the begin.
      if (event->seq > *head)
        break;
      if (auto added = to.add(*event); !added)
        return added.error();
      ++count;
    }
    at = std::min(page->scanned_to, *head);
    report(at, *head);
  }
  if (auto finished = to.finish(); !finished)
    return finished.error();
  return count;
}

expected<uint64_t> export_to(const export_request& x, export_format format, const std::string& part,
                             const std::function<void(uint64_t, uint64_t)>& report) {
  auto options = x.from;
  options.read_only = true;
  auto store = storage::open(options);
  if (!store)
    return store.error();
  auto log = (*store)->open_log_reader();
  if (!log)
    return log.error();
  if (auto made = make_private_file(part); !made)
    return made.error();
  // What a killed export left.
  std::error_code error;
  fs::resize_file(part, 0, error);
  return sqlite::guarded([&]() -> expected<uint64_t> {
    const auto to = make_target(format, part);
    return write_events(**log, x, *to, report);
  });
}

} // namespace

std::optional<export_format> export_format_of(const std::string& file) noexcept {
  if (file.ends_with(".ndjson"))
    return export_format::ndjson;
  if (file.ends_with(".csv"))
    return export_format::csv;
  if (file.ends_with(".sqlite"))
    return export_format::sqlite;
  return std::nullopt;
}

expected<uint64_t> export_log(const export_request& x,
                              const std::function<void(uint64_t, uint64_t)>& report) {
  const auto format = export_format_of(x.to);
  if (!format)
    return failure{ec::invalid_argument, "the file must end with .ndjson, .csv or .sqlite", "to"};
  std::error_code error;
  if (fs::exists(x.to, error))
    return failure{ec::conflict, x.to + " exists; nothing is written over", "to"};
  const auto part = x.to + ".part";
  auto count = export_to(x, *format, part, report);
  if (count)
    fs::rename(part, x.to, error);
  if (count && !error)
    return count;
  std::error_code ignored;
  fs::remove(part, ignored);
  return count ? cannot_write(x.to, error.value()) : count.error();
}

} // namespace carillon
