#include "handlers/documents/document_removal.hpp"

#include <map>

namespace carillon {

namespace {

/// Rows of one transaction.
constexpr size_t page_size = 500;

/// Deletes the files that are unused once these documents are removed.
expected<void> remove_files(const document_store& store, const old_documents& xs) {
  std::map<std::string, uint64_t> going;
  for (const auto& x : xs)
    ++going[x.what.sha256];
  for (const auto& x : xs)
    if (going[x.what.sha256] == x.others + 1)
      if (auto removed = store.remove(x.what); !removed)
        return removed.error();
  return {};
}

} // namespace

expected<uint64_t> delete_documents(const worker_access& access, const document_store& store,
                                    const document_removal& what, const std::atomic<bool>* stop) {
  uint64_t count = 0;
  for (;;) {
    auto page = access.find_old_documents(
      {.id = what.id, .before = what.before, .company_id = what.company_id, .limit = page_size});
    if (!page)
      return page.error();
    if (page->empty() && what.id != 0)
      return failure{ec::not_found, "there is no such document", "id"};
    if (page->empty())
      return count;
    if (auto removed = remove_files(store, *page); !removed)
      return removed.error();
    remove_documents request{.ids = {}, .by = what.by};
    for (const auto& x : *page)
      request.ids.push_back(x.what.id);
    auto removed = access.remove_documents(request);
    if (!removed)
      return removed.error();
    count += *removed;
    if (what.id != 0 || page->size() < page_size || (stop != nullptr && stop->load()))
      return count;
  }
}

} // namespace carillon
