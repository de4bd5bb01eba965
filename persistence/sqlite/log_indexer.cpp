#include "persistence/sqlite/log_indexer.hpp"

#include "persistence/hours.hpp"
#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/index/id_key.hpp"

#include <algorithm>
#include <limits>

namespace carillon::sqlite {

namespace {

constexpr uint32_t no_company = std::numeric_limits<uint32_t>::max();

} // namespace

log_indexer::log_indexer(log_place log, connection_options index,
                         std::shared_ptr<index_status> status, std::string history, size_t batch,
                         std::shared_ptr<void> token)
  : log_(std::move(log)), index_options_(std::move(index)), status_(std::move(status)),
    history_(std::move(history)), batch_(std::max<size_t>(batch, 1)), token_(std::move(token)) {
}

expected<index_progress> log_indexer::step() {
  if (status_->damaged.exchange(false)) {
    const auto replaced = replace_index();
    if (!replaced)
      return replaced.error();
  }
  return guarded([this]() -> expected<index_progress> {
    clear();
    index_progress progress;
    try {
      connect();
    } catch (const SQLite::Exception& x) {
      status_->damaged = status_->damaged || is_damage(x);
      throw;
    }
    progress.head = log_.head();
    collect();
    if (last_ != 0) {
      try {
        write();
      } catch (const SQLite::Exception& x) {
        status_->damaged = status_->damaged || is_damage(x);
        index_.reset();
        throw;
      }
      cursor_ = last_;
      for (const auto& [first, last] : left_out_) {
        missing_ += last - first + 1;
        first_missing_ = first_missing_ == 0 ? first : first_missing_;
      }
    }
    progress.indexed = cursor_;
    progress.missing = missing_;
    progress.first_missing = first_missing_;
    return progress;
  });
}

void log_indexer::connect() {
  if (index_)
    return;
  auto fresh = std::make_unique<link>(index_options_);
  auto row = fresh->sql.query(index_query::state);
  if (!row.next())
    throw SQLite::Exception("no index state", SQLITE_CORRUPT);
  cursor_ = row->number(0);
  auto missing = fresh->sql.query(index_query::count_missing);
  if (!missing.next())
    throw SQLite::Exception("no answer", SQLITE_CORRUPT);
  missing_ = missing->number(0);
  first_missing_ = missing->number(1);
  index_ = std::move(fresh);
}

expected<void> log_indexer::replace_index() {
  index_.reset();
  auto replaced = recreate_index(index_options_, wall_clock_now());
  if (replaced)
    ++status_->generation;
  else
    status_->damaged = true;
  return replaced;
}

void log_indexer::collect() {
  // A batch within one segment is sorted by the primary keys.
  const auto segment_end = (((cursor_ + 1) >> segment_shift) + 1) << segment_shift;
  const auto limit = std::min<position>(batch_, segment_end - 1 - cursor_);
  const auto end = std::min(log_.head(), cursor_ + limit);
  for (auto seq = std::max(cursor_ + 1, log_.first()); seq <= end; ++seq) {
    const auto there = log_.look_at(seq);
    if (there.is_damaged)
      leave_out(seq);
    else if (there.event != nullptr)
      add(*there.event);
    else
      throw no_event_at(seq);
    last_ = seq;
  }
}

void log_indexer::leave_out(position seq) {
  if (left_out_.empty() || left_out_.back().second + 1 != seq)
    left_out_.emplace_back(seq, seq);
  left_out_.back().second = seq;
  last_id_.clear();
}

void log_indexer::add(const segments::record_view& row) {
  const auto seq = row.seq;
  const auto time = to_micros(row.time);
  const auto type = types_.add(row.type, seq);
  auto company = no_company;
  if (!row.company_id.empty())
    company = companies_.add(row.company_id, seq);
  if (!row.user_id.empty())
    users_.add(row.user_id, seq);
  if (!row.correlation_id.empty())
    correlations_.add(row.correlation_id, seq);
  const auto& names = index_->names;
  ids_.add(row.id, name_hash(names, row.company_id), name_hash(names, row.source), seq);
  hours_.emplace_back(company, hour_of(row.time), type);
  for (const auto shift : {fine_shift, coarse_shift}) {
    auto& z = zones_.try_emplace({shift, seq >> shift}, zone{time, time}).first->second;
    z = {std::min(z.min, time), std::max(z.max, time)};
  }
  last_id_.assign(row.id);
}

void log_indexer::write() {
  auto& sql = index_->sql;
  const auto segment = last_ >> segment_shift;
  transaction t{index_->db, transaction::kind::write};
  types_.insert_into(sql.get(index_query::insert_types), segment);
  companies_.insert_into(sql.get(index_query::insert_companies), segment);
  users_.insert_into(sql.get(index_query::insert_users), segment);
  correlations_.insert_into(sql.get(index_query::insert_correlations), segment);
  ids_.insert_into(sql.get(index_query::insert_ids));
  for (const auto type : types_.sorted_keys())
    sql.run(index_query::insert_type_name, types_.key(type));
  for (const auto& [block, z] : zones_)
    sql.run(index_query::add_zone, block.first, block.second, z.min, z.max);
  write_counts();
  for (const auto& [first, last] : left_out_)
    sql.run(index_query::add_missing, first, last);
  sql.run(index_query::save_state, last_, std::string_view{last_id_}, std::string_view{history_});
  t.commit();
}

void log_indexer::write_counts() {
  auto& sql = index_->sql;
  std::map<std::pair<int64_t, uint32_t>, uint64_t> totals;
  std::sort(hours_.begin(), hours_.end());
  for (size_t i = 0; i < hours_.size();) {
    size_t end = i;
    while (end < hours_.size() && hours_[end] == hours_[i])
      ++end;
    const auto [company, hour, type] = hours_[i];
    const auto count = end - i;
    const auto name = company == no_company ? std::string_view{} : companies_.key(company);
    sql.run(index_query::add_count, name, hour, types_.key(type), count);
    totals[{hour, type}] += count;
    i = end;
  }
  for (const auto& [key, count] : totals)
    sql.run(index_query::add_total, key.first, types_.key(key.second), count);
}

void log_indexer::clear() {
  types_.clear();
  companies_.clear();
  users_.clear();
  correlations_.clear();
  ids_.clear();
  hours_.clear();
  zones_.clear();
  left_out_.clear();
  texts_.release();
  last_ = 0;
}

} // namespace carillon::sqlite
