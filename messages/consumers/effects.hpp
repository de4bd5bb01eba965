#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <typeindex>
#include <typeinfo>
#include <utility>
#include <vector>

namespace carillon {

/// Moves the rows of `from` behind those of `to`. A row type whose rows can be added up has an
/// overload beside it.
template <class T>
void merge_rows(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// Effects of events, committed together with the cursor: rows of any types, those of one type in
/// the order in which they were added. Each capability declares its row types in its own room, the
/// store knows their tables, and what lies between knows none of them.
///
/// Cost: empty effects own no memory. The first row of a type allocates its list, and `clear` keeps
/// the list for the next row. A type is found by a search among the types that are present, which
/// are a handful.
class effects {
public:
  effects() = default;
  effects(const effects& x);
  effects(effects&&) noexcept = default;
  effects& operator=(const effects& x);
  effects& operator=(effects&&) noexcept = default;
  ~effects() = default;

  /// These rows, of any types.
  template <class... Ts>
  static effects of(Ts... xs) {
    effects out;
    (out.add(std::move(xs)), ...);
    return out;
  }

  /// Adds a row.
  template <class T>
  void add(T x) {
    rows<T>().push_back(std::move(x));
  }

  /// The rows of type `T`, for adding to them.
  template <class T>
  std::vector<T>& rows() {
    if (auto* found = find(typeid(T)))
      return static_cast<list_of<T>*>(found)->rows;
    lists_.push_back({&typeid(T), std::make_unique<list_of<T>>()});
    return static_cast<list_of<T>*>(lists_.back().rows.get())->rows;
  }

  /// The rows of type `T`; empty if there are none.
  template <class T>
  const std::vector<T>& all() const {
    static const std::vector<T> none;
    const auto* found = find(typeid(T));
    return found == nullptr ? none : static_cast<const list_of<T>*>(found)->rows;
  }

  template <class T>
  bool has() const {
    return !all<T>().empty();
  }

  /// True if no row has a type other than these.
  bool has_only(std::span<const std::type_index> types) const noexcept;

  bool empty() const noexcept;

  /// Number of rows of all types.
  size_t size() const noexcept;

  /// Removes all rows.
  void clear() noexcept;

  /// Moves all rows of `from` behind these, see `merge_rows`. `from` is empty afterwards.
  void take(effects& from);

private:
  /// The rows of one type.
  struct list {
    virtual ~list() = default;
    virtual std::unique_ptr<list> clone() const = 0;
    virtual size_t size() const noexcept = 0;
    virtual void clear() noexcept = 0;
    /// @param from of the same type
    virtual void take(list& from) = 0;
  };

  template <class T>
  struct list_of final : list {
    std::vector<T> rows;

    std::unique_ptr<list> clone() const override {
      return std::make_unique<list_of>(*this);
    }

    size_t size() const noexcept override {
      return rows.size();
    }

    void clear() noexcept override {
      rows.clear();
    }

    void take(list& from) override {
      merge_rows(rows, static_cast<list_of&>(from).rows);
      from.clear();
    }
  };

  struct entry {
    const std::type_info* type = nullptr;
    std::unique_ptr<list> rows;
  };

  list* find(const std::type_info& type) const noexcept;

  std::vector<entry> lists_;
};

} // namespace carillon
