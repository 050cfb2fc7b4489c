#pragma once

#include "service/store/engine/connection.hpp"
#include "service/store/page.hpp"

#include <utility>

namespace lm::store {

/// The values of a listing: those of its filter, then where it goes on (two, NULL for the start) and how many
/// rows are wanted (one more than the page has, to see whether there are more).
inline Values listingValues(Values filter, const PageRequest& request) {
    filter.push_back(request.after ? Value(request.after->createdAt) : Value());
    filter.push_back(request.after ? Value(request.after->id) : Value());
    filter.push_back(std::int64_t(request.limit) + 1);
    return filter;
}

/// The page in the rows of such a listing. T has `createdAt` and `id`.
template <typename T> Page<T> pageOf(const Rows& rows, const PageRequest& request, T (*read)(const Row&)) {
    Page<T> page;
    for (const Row& row : rows) {
        if (page.items.size() == request.limit) {
            const T& last = page.items.back();
            page.next = Cursor{unixMs(last.createdAt), last.id};
            break;
        }
        page.items.push_back(read(row));
    }
    return page;
}

/// The first row, if there is one.
template <typename T> Outcome<std::optional<T>> firstOf(const Outcome<Rows>& rows, T (*read)(const Row&)) {
    if (!rows) return rows.failure();
    if (rows->empty()) return std::optional<T>();
    return std::optional<T>(read(rows->front()));
}

} // namespace lm::store
