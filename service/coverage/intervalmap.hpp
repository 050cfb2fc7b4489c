#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace lm::coverage {

/// Positions from `from` up to, but without, `to`.
struct Interval {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    bool empty() const { return to <= from; }
    bool operator==(const Interval&) const = default;
};

/// A value for every position of some intervals. No two of them overlap, and neighbours of equal value are
/// one: what is told in many small pieces takes little memory. Not synchronised.
template <typename Value> class IntervalMap {
public:
    struct Piece {
        std::uint64_t to = 0;
        Value value{};
    };

    /// From now on `where` has this value, whatever it had before.
    void put(Interval where, const Value& value) {
        if (where.empty()) return;
        splitAt(where.from);
        splitAt(where.to);
        pieces_.erase(pieces_.lower_bound(where.from), pieces_.lower_bound(where.to));
        const auto put = pieces_.emplace(where.from, Piece{where.to, value}).first;
        joinWithNext(put);
        if (put != pieces_.begin()) joinWithNext(std::prev(put));
    }

    /// What of `where` has a value, in order; of neighbours with different values one interval.
    std::vector<Interval> covered(Interval where) const {
        std::vector<Interval> found;
        for (auto at = firstBehind(where.from); at != pieces_.end() && at->first < where.to; ++at) {
            const Interval part{std::max(at->first, where.from), std::min(at->second.to, where.to)};
            if (part.empty()) continue;
            if (!found.empty() && found.back().to == part.from)
                found.back().to = part.to;
            else
                found.push_back(part);
        }
        return found;
    }

    /// What of `where` has none, in order.
    std::vector<Interval> missing(Interval where) const {
        std::vector<Interval> found;
        std::uint64_t at = where.from;
        for (const Interval& part : covered(where)) {
            if (at < part.from) found.push_back({at, part.from});
            at = part.to;
        }
        if (at < where.to) found.push_back({at, where.to});
        return found;
    }

    /// Behind the last position that has a value; 0 when none has.
    std::uint64_t end() const { return pieces_.empty() ? 0 : std::prev(pieces_.end())->second.to; }
    std::size_t size() const { return pieces_.size(); }
    /// By their first position.
    const std::map<std::uint64_t, Piece>& pieces() const { return pieces_; }

private:
    using At = typename std::map<std::uint64_t, Piece>::iterator;

    auto firstBehind(std::uint64_t position) const {
        auto at = pieces_.upper_bound(position);
        return at == pieces_.begin() ? at : std::prev(at);
    }
    void splitAt(std::uint64_t position) {
        auto at = pieces_.lower_bound(position);
        if (at == pieces_.begin()) return;
        Piece& piece = std::prev(at)->second;
        if (piece.to <= position) return;
        pieces_.emplace_hint(at, position, Piece{piece.to, piece.value});
        piece.to = position;
    }
    void joinWithNext(At at) {
        const auto next = std::next(at);
        if (next == pieces_.end() || next->first != at->second.to ||
            !(next->second.value == at->second.value))
            return;
        at->second.to = next->second.to;
        pieces_.erase(next);
    }

    std::map<std::uint64_t, Piece> pieces_;
};

} // namespace lm::coverage
