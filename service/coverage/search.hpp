#pragma once

#include "service/coverage/coverage.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lm::coverage {

/// Looks through ledgers on disk.
class Search {
public:
    /// Ledgers that are looked at, the newest by their names; older ones are not found.
    static constexpr std::size_t most = 20'000;

    explicit Search(std::filesystem::path dir, std::size_t limit = most)
        : dir_(std::move(dir)), most_(limit) {}

    /// The newest ledger of a track: `id` is the service's name of its socket or LiveKit's id. `meeting` (its
    /// id, or the room of a track without: the folder it lies in) may be empty: any.
    std::optional<std::filesystem::path> find(const std::string& id, const std::string& meeting) const;

private:
    const std::filesystem::path dir_;
    const std::size_t most_; // of ledgers
};

/// Where the states are that came after a track: beside its ledger, and where it was before its meeting was
/// known. `head` is the ledger's first line.
std::vector<std::filesystem::path> lateStatesOf(const std::filesystem::path& ledger, const Head& head);

} // namespace lm::coverage
